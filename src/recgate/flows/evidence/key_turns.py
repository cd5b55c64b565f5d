"""Which key signs a chain, one after the other: a key that another one took over from is over."""


class KeyTurns:
    """Follows the keys whose signatures fit, in the order of a chain."""

    def __init__(self) -> None:
        self._now = ""
        self._since = 0
        self._over: set[str] = set()

    def take(self, key: str, sequence: int) -> str:
        """Go on to the next record that is signed. Gives what is wrong with who signed it; "" when
        nothing is.
        """
        if key == self._now:
            return ""
        if key in self._over:
            return (
                f"it is signed by the key {key[:19]}, from which {self._now[:19]} had taken over "
                f"at #{self._since}: whoever has a key of before put it there, unless you went "
                "back to that key"
            )
        if self._now:
            self._over.add(self._now)
        self._now, self._since = key, sequence
        return ""
