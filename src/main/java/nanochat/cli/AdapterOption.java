package nanochat.cli;

import java.util.Optional;
import java.util.function.Supplier;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import picocli.CommandLine.Option;

/// What `sft --tune` has trained beside a model.
final class AdapterOption {
    @Option(names = "--adapter", paramLabel = "NAME", description = "What 'sft --tune' has trained beside a model; it knows which model that is. The same as --source adapter --model-tag NAME.")
    private Optional<String> adapter = Optional.empty();

    boolean isAsked() {
        return adapter.isPresent();
    }

    /// @param chosen by the other options; asked where there is no adapter
    ModelChoice or(ModelOptions model, Optional<ModelStage> source, Supplier<ModelChoice> chosen) {
        return adapter.map(name -> model.adapter(name, source)).orElseGet(chosen);
    }
}
