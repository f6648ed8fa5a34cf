package nanochat.compare;

import java.util.List;
import nanochat.data.DocumentSource;

/// What all models of a comparison are asked.
///
/// @param blanks to be filled
/// @param probes what shall be read off their last layer
/// @param writing what they shall write
record Yardsticks(List<Blank> blanks, List<ProbeTask> probes, WritingTask writing) {
    Yardsticks {
        blanks = List.copyOf(blanks);
        probes = List.copyOf(probes);
    }

    /// About the documents of a source.
    static Yardsticks of(DocumentSource source) {
        return new Yardsticks(Blank.of(source, Cloze.QUESTIONS), ProbeTask.of(source), WritingTask.of(source));
    }
}
