package nanochat.cli;

import java.io.PrintWriter;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.train.MergedAdapter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat merge`.
@Command(name = "merge", description = "Write a model and the updates of low rank that 'sft --tune lora' has trained beside it as one whole chat model.")
public final class MergeCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Mixin
    private AdapterOption adapter = new AdapterOption();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Option(names = "--output-tag", paramLabel = "NAME", description = "What the new model is called; by default as the adapter. An earlier model of that name is kept as NAME.previous.")
    private Optional<String> outputTag = Optional.empty();

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    private boolean json;

    /// The last line of `--json`.
    private record Result(String adapter, String model, int step, String checkpoint) {}

    @Override
    public void run() {
        ModelChoice choice = adapter.or(model, Optional.empty(), () -> model.of(ModelStage.ADAPTER));
        CheckpointDirectory to = CheckpointDirectory.of(BaseDirectory.fromEnvironment().sftCheckpoints(), outputTag.orElseGet(() -> choice
                .checkpoints().tag()));
        MergedAdapter merged = MergedAdapter.write(choice.checkpoints(), choice.step(), to);
        PrintWriter out = spec.commandLine().getOut();
        out.println("Merged: " + merged.adapter());
        merged.earlier().ifPresent(kept -> out.println("The earlier model of this name is kept as " + kept.tag()));
        out.println("Checkpoint of step " + choice.step() + " in " + to.folder());
        out.println("Talk to it:   nanochat chat --source sft --model-tag " + to.tag());
        if (json) {
            out.println(Json.line(new Result(choice.checkpoints().tag(), merged.adapter().tag(), choice.step(), to.folder().toString())));
        }
        out.flush();
    }
}
