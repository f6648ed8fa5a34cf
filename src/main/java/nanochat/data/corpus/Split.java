package nanochat.data.corpus;

/// Which documents: those to train on, or those that measure what was learned.
public enum Split {
    /// Uses the training phrasings and the training operands only.
    TRAIN,
    /// Other documents than training; also uses phrasings held out for it, and of operands the held-out ones only. What is tried out while
    /// the corpus or the training changes is measured on this.
    VALIDATION,
    /// As validation, with phrasings and operands of its own. It is for measuring what came out, not for finding out what to change.
    TEST
}
