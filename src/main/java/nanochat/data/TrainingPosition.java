package nanochat.data;

/// Where in its data a run is. It is kept in every checkpoint; batches that go on from it are those that would have come.
public interface TrainingPosition {
    /// How often the data has been begun, counted from 1.
    int epoch();
}
