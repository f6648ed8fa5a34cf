package nanochat.engine;

/// Guesses what a model is going to say, for much less than the model itself would take; a [Lookahead] has the guesses checked. For one caller at a time.
interface Drafter extends AutoCloseable {
    /// The most tokens it guesses at once.
    int most();

    /// Guesses the tokens behind `next`.
    ///
    /// @param read what the model has read
    /// @param next the token that comes after it, and that the model reads next
    /// @param guesses is filled from its beginning
    /// @param count how many are wanted, from 1 to [#most]
    /// @return how many there are; 0 where it cannot tell
    int draft(Sequence read, int next, int[] guesses, int count);

    /// Bytes of its own weights, caches and activations so far.
    long bytes();

    @Override
    void close();
}
