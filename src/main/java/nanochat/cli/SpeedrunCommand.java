package nanochat.cli;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.RunLock;
import nanochat.data.corpus.CorpusLanguage;
import nanochat.eval.ChatScores;
import nanochat.eval.EvaluationFile;
import nanochat.eval.SamplePrompt;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.io.Progress;
import nanochat.io.Setting;
import nanochat.report.ReportCard;
import nanochat.task.ConversationPosition;
import nanochat.tensor.Backend;
import nanochat.tokenizer.Tokenizer;
import nanochat.train.FinetuningPlan;
import nanochat.train.Pretraining;
import nanochat.train.ReinforcementPlan;
import nanochat.train.RolloutPosition;
import nanochat.train.RunState;
import nanochat.train.SaveOnInterrupt;
import nanochat.train.Speedrun;
import nanochat.train.SpeedrunChat;
import nanochat.train.SpeedrunRewards;
import nanochat.train.StopSignal;
import nanochat.train.TerminalReporter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `nanochat speedrun`.
@Command(name = "speedrun", description = "Train a tokenizer and a small model on the built-in corpus and teach it to chat, in a few minutes.")
public final class SpeedrunCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(names = "--depth", defaultValue = "4", paramLabel = "N", description = "Layers of the model.")
    private int depth;

    @Option(names = "--num-iterations", defaultValue = "600", paramLabel = "N", description = "Steps of pretraining; fine-tuning takes 75 for every 100 of them.")
    private int iterations;

    @Option(names = "--rl-iterations", defaultValue = "56", paramLabel = "N", description = "Steps of learning from rewards on word problems at the end; 0: none.")
    private int rewardedIterations;

    @Option(names = {"--lang",
        "--corpus-language"}, defaultValue = "en", paramLabel = "LANG", description = "The language that it learns: ${COMPLETION-CANDIDATES}.")
    private CorpusLanguage language = CorpusLanguage.EN;

    @Option(names = "--model-tag", defaultValue = "speedrun", paramLabel = "NAME", description = "The model's folder among the checkpoints. An earlier run there is kept as NAME.previous.")
    private String modelTag = "";

    @Option(names = "--resume", description = "Go on where an interrupted speedrun stopped.")
    private boolean resume;

    @Mixin
    private TensorBoardOption tensorBoard = new TensorBoardOption();

    @Mixin
    private ComputeOptions compute = new ComputeOptions();

    @Option(names = "--json", description = "Print the result as one JSON object on the last line.")
    private boolean json;

    /// The last line of `--json`.
    ///
    /// @param finished whether all stages are over; what belongs to those not reached, or done by an interrupted run, is absent
    private record Result(int step, boolean finished, Optional<Double> valBpb, List<Double> valBpbHistory, long right,
            List<SamplePrompt.Completion> completions, String checkpoint, Optional<Integer> sftStep, Optional<Double> sftValBpb,
            Optional<ChatScores> tasks, Optional<Integer> rlStep, @JsonProperty("pass_at_1_before") Optional<Double> passAtOneBefore,
            @JsonProperty("pass_at_1_after") Optional<Double> passAtOneAfter, Optional<ChatScores> rlTasks, double seconds) {}

    /// What the stages after pretraining came to, as far as they came.
    ///
    /// @param scores of the chat model
    /// @param rewardedScores of the model that learned from rewards
    private record Chat(Optional<RunState<ConversationPosition>> finetuned, Optional<ChatScores> scores,
            Optional<RunState<RolloutPosition>> rewarded, Optional<ChatScores> rewardedScores, boolean finished) {
        private static final Chat NOTHING = new Chat(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), false);
    }

    @Override
    public void run() {
        long began = System.nanoTime();
        BaseDirectory directory = BaseDirectory.fromEnvironment();
        CheckpointDirectory base = resume
                ? CheckpointDirectory.find(directory.baseCheckpoints(), modelTag)
                : CheckpointDirectory.of(directory.baseCheckpoints(), modelTag);
        Optional<Integer> resumeFrom = resume ? Optional.of(base.lastStep()) : Optional.empty();
        resumeFrom.ifPresent(step -> SavedOptions.restore(spec, Pretraining.readMeta(base, step).userConfig()));
        Speedrun speedrun = new Speedrun(base, depth, iterations, language, compute.compute(), SavedOptions.of(spec));
        SpeedrunChat chat = new SpeedrunChat(directory, base, CheckpointDirectory.of(directory.sftCheckpoints(), modelTag),
                language, compute.compute(), SavedOptions.of(spec));
        SpeedrunRewards rewards = new SpeedrunRewards(directory, chat.checkpoints(), CheckpointDirectory.of(directory.rlCheckpoints(),
                modelTag), rewardedIterations(), compute.compute(), compute.threads(), SavedOptions.of(spec));
        PrintWriter out = spec.commandLine().getOut();
        // All folders from the beginning: what comes after minutes shall not find somebody else's run there.
        try (RunLock _ = RunLock.take(base);
                RunLock _ = RunLock.take(chat.checkpoints());
                RunLock _ = RunLock.take(rewards.checkpoints())) {
            run(directory, speedrun, chat, rewards, resumeFrom, out, began);
        }
    }

    private int rewardedIterations() {
        if (rewardedIterations < 0) {
            throw BadInputException.about("%s must not be negative, is %d", new Setting("rl_iterations"), rewardedIterations);
        }
        return language == CorpusLanguage.ZH ? 0 : rewardedIterations; // word problems are in English
    }

    private void run(BaseDirectory directory, Speedrun speedrun, SpeedrunChat chat, SpeedrunRewards rewards, Optional<Integer> resumeFrom,
            PrintWriter out, long began) {
        CheckpointDirectory base = speedrun.checkpoints();
        Tokenizer tokenizer = resume ? speedrun.earlierTokenizer() : trainTokenizer(directory, language, out);
        StopSignal stop = new StopSignal();
        try (SaveOnInterrupt _ = new SaveOnInterrupt(stop)) {
            Optional<Speedrun.Outcome> pretrained = resumeFrom.filter(step -> step == iterations).isPresent()
                    ? Optional.empty()
                    : Optional.of(pretrain(speedrun, chat, rewards, tokenizer, resumeFrom, out, stop));
            boolean goesOn = pretrained.map(Speedrun.Outcome::finished).orElse(true);
            report(out, base, chat, rewards, pretrained, goesOn ? chat(chat, rewards, out, stop) : Chat.NOTHING, (System.nanoTime() - began)
                    / 1e9);
        }
    }

    /// What comes after pretraining, each stage where the one before was not asked to stop.
    private Chat chat(SpeedrunChat chat, SpeedrunRewards rewards, PrintWriter out, StopSignal stop) {
        SpeedrunChat.Outcome finetuned = finetune(chat, out, stop);
        Optional<ChatScores> scores = finetuned.finished() ? measure(chat, chat.checkpoints(), stop) : Optional.empty();
        Optional<RunState<ConversationPosition>> state = Optional.of(finetuned.state());
        if (scores.isEmpty() || rewards.iterations() == 0) {
            return new Chat(state, scores, Optional.empty(), Optional.empty(), scores.isPresent());
        }
        SpeedrunRewards.Outcome rewarded = learn(rewards, out, stop);
        Optional<ChatScores> after = rewarded.finished() ? measure(chat, rewards.checkpoints(), stop) : Optional.empty();
        return new Chat(state, scores, Optional.of(rewarded.state()), after, after.isPresent());
    }

    private Speedrun.Outcome pretrain(Speedrun speedrun, SpeedrunChat chat, SpeedrunRewards rewards, Tokenizer tokenizer,
            Optional<Integer> resumeFrom,
            PrintWriter out, StopSignal stop) {
        out.println("Pretraining a model on the built-in corpus; Ctrl-C saves it.");
        speedrun.plan(tokenizer).describe().forEach(out::println);
        out.flush();
        if (!resume) {
            chat.moveEarlierAside();
            rewards.moveEarlierAside();
        }
        try (Backend backend = compute.backend();
                TerminalReporter reporter = new TerminalReporter("Pretraining", iterations, resumeFrom.orElse(0))) {
            return speedrun.pretrain(tokenizer, resumeFrom, backend, tensorBoard.beside(reporter, speedrun.checkpoints()), stop);
        }
    }

    private SpeedrunChat.Outcome finetune(SpeedrunChat chat, PrintWriter out, StopSignal stop) {
        out.println("Fine-tuning it on the built-in conversations; Ctrl-C saves it.");
        FinetuningPlan plan = chat.plan();
        plan.describe().forEach(out::println);
        out.flush();
        try (Backend backend = compute.backend();
                TerminalReporter reporter = new TerminalReporter("Fine-tuning", plan.iterations(), chat.stepsDone())) {
            return chat.finetune(plan, backend, tensorBoard.beside(reporter, chat.checkpoints()), stop);
        }
    }

    private SpeedrunRewards.Outcome learn(SpeedrunRewards rewards, PrintWriter out, StopSignal stop) {
        out.println("Practising word problems, rewarded for right answers; Ctrl-C saves it.");
        ReinforcementPlan plan = rewards.plan();
        plan.describe().forEach(out::println);
        out.flush();
        try (Backend backend = compute.backend();
                TerminalReporter reporter = new TerminalReporter("Learning from rewards", plan.iterations(), rewards.stepsDone())) {
            return rewards.learn(plan, backend, tensorBoard.beside(reporter, rewards.checkpoints()), stop);
        }
    }

    private Optional<ChatScores> measure(SpeedrunChat chat, CheckpointDirectory model, StopSignal stop) {
        try (Backend backend = compute.backend()) {
            Optional<ChatScores> scores = chat.measure(model, backend, compute.threads(), stop);
            scores.ifPresent(all -> new EvaluationFile(model.folder(), model.lastStep()).add(Map.of("tasks",
                    all)));
            return scores;
        }
    }

    private static Tokenizer trainTokenizer(BaseDirectory base, CorpusLanguage language, PrintWriter out) {
        out.println("Training a tokenizer of " + Speedrun.VOCABULARY + " tokens on " + Speedrun.TOKENIZER_DOCUMENTS
                + " documents of the built-in corpus");
        out.flush();
        Tokenizer tokenizer = Speedrun.trainTokenizer(language);
        var shared = base.tokenizer().resolve(Tokenizer.FILE_NAME);
        if (!Files.exists(shared)) {
            tokenizer.save(shared);
            out.println("Saved as " + shared);
        }
        return tokenizer;
    }

    private void report(PrintWriter out, CheckpointDirectory base, SpeedrunChat chat, SpeedrunRewards rewards,
            Optional<Speedrun.Outcome> pretrained, Chat came, double seconds) {
        out.println();
        pretrained.map(SpeedrunCommand::lines).orElse(List.of()).forEach(out::println);
        came.finetuned.flatMap(RunState::bitsPerByte)
                .ifPresent(bits -> out.printf(Locale.ROOT, "Bits per byte of replies in held-out conversations: %.3f%n", bits));
        came.scores.ifPresent(all -> {
            out.println("Questions it answers, in words it has never seen:");
            all.lines().forEach(line -> out.println("  " + line));
        });
        came.rewarded.map(RunState::loader).flatMap(RolloutPosition::gain).ifPresent(gain -> out.println("Rewards, " + gain));
        came.rewardedScores.ifPresent(all -> {
            out.println("The same questions after rewards:");
            all.lines().forEach(line -> out.println("  " + line));
        });
        List<String> folders = new ArrayList<>(List.of(base.folder().toString()));
        came.finetuned.ifPresent(_ -> folders.add(chat.checkpoints().folder().toString()));
        came.rewarded.ifPresent(_ -> folders.add(rewards.checkpoints().folder().toString()));
        out.println("Done in " + Progress.duration(seconds) + "; saved in " + String.join(" and ", folders));
        if (came.finished) {
            ReportCard card = ReportCard.of(chat.directory(), Optional.of(modelTag), Optional.empty(), Instant.now());
            out.println("Report card: " + card.write(chat.directory().report(), OptionNames::of).html());
        }
        out.println(came.finished
                ? "Talk to it:   ./nanochat chat"
                : "Go on:   nanochat speedrun --resume --model-tag " + modelTag);
        if (json) {
            int step = base.lastStep();
            out.println(Json.line(new Result(step, came.finished, Pretraining.readMeta(base, step).valBpb(),
                    pretrained.map(Speedrun.Outcome::bitsPerByte).orElse(List.of()), pretrained.map(Speedrun.Outcome::right).orElse(0L),
                    pretrained.map(Speedrun.Outcome::completions).orElse(List.of()), base.folder().toString(),
                    came.finetuned.map(RunState::step), came.finetuned.flatMap(RunState::bitsPerByte), came.scores,
                    came.rewarded.map(RunState::step), came.rewarded.flatMap(state -> state.loader().before()),
                    came.rewarded.flatMap(state -> state.loader().now()), came.rewardedScores, seconds)));
        }
        out.flush();
    }

    private static List<String> lines(Speedrun.Outcome outcome) {
        List<String> lines = new ArrayList<>();
        lines.add("Validation bits per byte: " + outcome.bitsPerByte().stream().map(bits -> String.format(Locale.ROOT, "%.3f", bits))
                .collect(Collectors.joining(" -> ")));
        for (SamplePrompt.Completion completion : outcome.completions()) {
            lines.add((completion.right() ? "  + " : "  - ") + TerminalReporter.onOneLine(completion));
        }
        lines.add(outcome.right() + " of " + outcome.completions().size() + " right");
        return lines;
    }
}
