package nanochat.cli;

import java.util.ArrayList;
import java.util.List;
import nanochat.io.Progress;
import nanochat.tokenizer.TrainingProgress;

/// Shows the two halves of tokenizer training, counting and merging, each as a progress line.
final class TrainingProgressLines implements TrainingProgress, AutoCloseable {
    private final List<Progress> lines = new ArrayList<>();
    private long counted;
    private int merged;

    /// @param expectedCharacters how many will be counted; 0 where nobody knows
    TrainingProgressLines(long expectedCharacters) {
        lines.add(Progress.of("Counting", expectedCharacters, "characters"));
    }

    @Override
    public void counted(long characters) {
        lines.getLast().advance(characters - counted);
        counted = characters;
    }

    @Override
    public void merged(int done, int total) {
        if (lines.size() < 2) {
            close();
            lines.add(Progress.of("Merging", total, "merges"));
        }
        lines.getLast().advance(done - merged);
        merged = done;
    }

    @Override
    public void close() {
        lines.forEach(Progress::close);
    }
}
