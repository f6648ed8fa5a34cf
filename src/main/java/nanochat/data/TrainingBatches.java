package nanochat.data;

/// What a run learns from: batches without end, whatever they are made of. Not for use by two threads at once.
///
/// @param <S> where in its data such a run can be
public interface TrainingBatches<S extends TrainingPosition> extends AutoCloseable {
    /// The next batch.
    ///
    /// @throws nanochat.io.BadInputException when what it is made of cannot be read, or does not fill one
    Batch next();

    /// After the last batch that [#next()] delivered.
    S state();

    /// Ends reading; there is no next batch then.
    @Override
    void close();
}
