"""Where does a run lie? Its folder, and where its model comes from."""
