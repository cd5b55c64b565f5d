"""Why a decision is what it is, for a person who does not know the code, and for programs."""
