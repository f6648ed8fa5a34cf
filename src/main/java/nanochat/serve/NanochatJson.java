package nanochat.serve;

import java.util.List;
import java.util.Optional;
import nanochat.conversation.Part;

/// What only this server tells beside an answer: its parts, with the calculator's calls and results, as `type` and `text`.
record NanochatJson(List<PartJson> parts) {
    /// @param type `text`, `python` or `python_output`
    record PartJson(String type, String text) {}

    /// Nothing where the answer is text alone.
    static Optional<NanochatJson> of(List<Part> parts) {
        if (parts.stream().allMatch(part -> part instanceof Part.Text)) {
            return Optional.empty();
        }
        return Optional.of(new NanochatJson(parts.stream().map(part -> switch (part) {
            case Part.Text(String text) -> new PartJson("text", text);
            case Part.Python(String expression) -> new PartJson("python", expression);
            case Part.PythonOutput(String text) -> new PartJson("python_output", text);
        }).toList()));
    }
}
