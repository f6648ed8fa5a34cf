package nanochat.objective;

/// What an objective's losses on held-out text say of the probability that the model gives to that text.
public enum Likelihood {
    /// Their sum is its negative logarithm.
    EXACT,
    /// Their sum is, in the mean over what is hidden, at least its negative logarithm: the true figure is lower, nobody knows by how much.
    BOUND,
    /// Nothing: the model has no probability of a text, or none that anybody can compute. The losses are of single tokens that were hidden.
    NONE
}
