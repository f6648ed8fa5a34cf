package nanochat.tokenizer;

/// Hears how far training is; called every second or so of work, from the thread that trains.
public interface TrainingProgress {
    /// For those who do not want to know.
    TrainingProgress NONE = new TrainingProgress() {
        @Override
        public void counted(long characters) {
        }

        @Override
        public void merged(int done, int total) {
        }
    };

    /// So many characters have been read and counted.
    void counted(long characters);

    /// So many of the merges are learned.
    void merged(int done, int total);
}
