"""How an order or a creation happens once across crashes, and what prices it has."""
