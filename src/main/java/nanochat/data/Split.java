package nanochat.data;

/// The two disjoint parts of every document source.
public enum Split {
    /// What the model learns from.
    TRAIN,
    /// What it is measured on and never sees in training.
    VALIDATION
}
