package nanochat.cli;

import java.util.List;
import java.util.Optional;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import picocli.CommandLine.Option;

/// Which model a command works on.
final class ModelOptions {
    @Option(names = "--model-tag", paramLabel = "NAME", description = "The model's folder; by default the largest model.")
    private Optional<String> modelTag = Optional.empty();

    @Option(names = "--step", paramLabel = "N", description = "The step of its checkpoint; by default the last one.")
    private Optional<Integer> step = Optional.empty();

    /// Whether a certain model is asked for.
    boolean isAsked() {
        return modelTag.isPresent() || step.isPresent();
    }

    ModelChoice of(ModelStage stage) {
        return ModelChoice.of(BaseDirectory.fromEnvironment(), stage, modelTag, step);
    }

    /// An adapter, which knows its model.
    ///
    /// @throws BadInputException when another model is named beside it
    ModelChoice adapter(String name, Optional<ModelStage> source) {
        if (modelTag.isPresent() || source.filter(stage -> stage != ModelStage.ADAPTER).isPresent()) {
            throw new BadInputException("--adapter " + name + " knows the model that it belongs to: leave " + (modelTag.isPresent()
                    ? "--model-tag"
                    : "--source") + " out");
        }
        return ModelChoice.of(BaseDirectory.fromEnvironment(), ModelStage.ADAPTER, Optional.of(name), step);
    }

    /// Of the last of these stages that has the model.
    ModelChoice ofLast(List<ModelStage> stages) {
        return ModelChoice.ofLast(stages, BaseDirectory.fromEnvironment(), modelTag, step);
    }

    ModelChoice ofLastStage() {
        return ModelChoice.ofLastStage(BaseDirectory.fromEnvironment(), modelTag, step);
    }
}
