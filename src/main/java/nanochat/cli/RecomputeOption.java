package nanochat.cli;

import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Option;

/// `--recompute`, the same for every command that trains. It can take a value, so that a checkpoint keeps it and a resumed run can take it
/// back: `--recompute=false`.
final class RecomputeOption {
    @Option(names = "--recompute", arity = "0..1", defaultValue = "false", fallbackValue = "true", paramLabel = "BOOL", description = "Compute every block again in the backward pass instead of keeping its activations: less memory, more time, the same numbers.")
    private boolean recompute;

    boolean asked() {
        return recompute;
    }

    /// The options of a run with this one as it is now.
    Map<String, String> in(Map<String, String> options) {
        Map<String, String> changed = new TreeMap<>(options);
        changed.put("recompute", Boolean.toString(recompute));
        return changed;
    }
}
