"""How well a page can be read."""

from tests.support.browser import Browser


def least_contrast(browser: Browser) -> float:
    """The least contrast of a text that is seen with the ground behind it, by WCAG 2.2's formula."""
    script_result = browser.run("""
      const numbers = text => (text.match(/[\\d.]+/g) ?? []).map(Number);
      const light = ([red, green, blue]) => {
        const [r, g, b] = [red, green, blue].map(one => one / 255)
          .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const ground = element => {
        for (let one = element; one; one = one.parentElement) {
          const found = numbers(getComputedStyle(one).backgroundColor);
          if (found.length === 3) return found;
        }
        return [255, 255, 255];
      };
      return Math.min(...[...document.querySelectorAll('body *')]
        .filter(one => one.checkVisibility() && !one.closest('svg') && !one.closest('tr.going')
          && [...one.childNodes].some(node => node.nodeType === 3 && node.data.trim()))
        .map(one => {
          const pair = [light(numbers(getComputedStyle(one).color)), light(ground(one))];
          return (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
        }));
    """)
    assert isinstance(script_result, float)
    return script_result
