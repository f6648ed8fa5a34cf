package nanochat.serve;

import nanochat.engine.TokenLikelihood;

/// A token of an answer and where it stands in its text.
///
/// @param offset characters (code points) of the text before it
record PlacedToken(TokenLikelihood likelihood, int offset) {}
