package nanochat.eval;

/// What a base model scored in one task of the CORE evaluation.
///
/// @param accuracy share of the examples answered rightly
/// @param centred how much better than chance that is: 0 for chance, 1 for all right
/// @param n how many examples there were
public record CoreScore(double accuracy, double centred, int n) {}
