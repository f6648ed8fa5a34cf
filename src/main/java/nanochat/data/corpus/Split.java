package nanochat.data.corpus;

/// Which documents: those to train on, or those that measure what was learned.
public enum Split {
    /// Uses the training phrasings and the training operands only.
    TRAIN,
    /// Other documents than training; also uses the held-out phrasings, and of operands the held-out ones only.
    VALIDATION
}
