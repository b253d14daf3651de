"""The club itself: name, validity, words for points, currency, brand."""
