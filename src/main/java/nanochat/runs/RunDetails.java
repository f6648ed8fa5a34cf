package nanochat.runs;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// What is to be read of a run beside its curves.
///
/// @param plan in words
/// @param options as the user gave them
/// @param resumedFrom the steps it went on from
/// @param notes what people should know
/// @param unreadable lines of its metrics that say nothing
/// @param samples what the model said, the first and the newest rounds
/// @param answers to held-out problems, likewise
public record RunDetails(String name, List<String> plan, Optional<String> version, Optional<String> processor, Optional<String> backend,
        JsonNode options, List<Integer> resumedFrom, List<String> notes, int unreadable, List<Round> samples, List<Round> answers) {
    /// What was said after so many steps.
    public record Round(int step, List<Said> said) {}

    /// @param asked the prompt or the question
    /// @param right whether the answer is
    public record Said(String asked, String text, boolean right) {}
}
