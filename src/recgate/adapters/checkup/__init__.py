"""What AWS says about an installation, as it is; each module asks one or two services."""
