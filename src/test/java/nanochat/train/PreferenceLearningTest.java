package nanochat.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.conversation.Rendering;
import nanochat.data.BuiltInDocuments;
import nanochat.data.Packing;
import nanochat.io.BadInputException;
import nanochat.objective.PreferenceLoss;
import nanochat.objective.PreferenceLoss.Kind;
import nanochat.objective.PreferenceStatistics;
import nanochat.optim.OptimizerSettings;
import nanochat.task.PreferencePairs;
import nanochat.tensor.Backend;
import nanochat.tensor.Backends;
import nanochat.tensor.DType;
import nanochat.tensor.Device;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The oracle of a resumed run is the run that never stopped; what is preferred is known: answers in capital letters.
class PreferenceLearningTest {
    private static final int CONTEXT = 32;
    private static final int BASE_STEPS = 2;
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());

    @TempDir
    static Path models;

    private static CheckpointDirectory start = new CheckpointDirectory(Path.of("unused"));

    @TempDir
    Path folder;

    private final List<RunEvent> events = new ArrayList<>();
    private Path file = Path.of("unused");

    @BeforeAll
    static void pretrain() {
        start = CheckpointDirectory.of(models, "d2");
        PretrainingOptions options = new PretrainingOptions(new PretrainingOptions.ModelDials(2, 16, 16, CONTEXT, "SL"),
                new PretrainingOptions.Horizon(BASE_STEPS, -1, -1), new PretrainingOptions.BatchSizes(2, 128),
                OptimizerSettings.DEFAULT.withLearningRatesTimes(20), new PretrainingOptions.Warmth(2, 0.5, 0.1),
                new PretrainingOptions.Cadence(-1, 200, -1, -1), Packing.BESTFIT, DType.F32, 11);
        Pretraining.Setup setup = new Pretraining.Setup(PretrainingPlan.of(options, BYTES.vocabularySize()), new BuiltInDocuments(3), BYTES,
                start, Map.of());
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32);
                Pretraining run = Pretraining.start(setup, backend, event -> {}, new StopSignal())) {
            run.run();
        }
    }

    @BeforeEach
    void writePairs() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < 24; i++) {
            lines.add(pair("q" + i, "YES" + (char) ('A' + i), "no" + (char) ('a' + i)));
        }
        file = Files.write(folder.resolve("pairs.jsonl"), lines);
    }

    private static String pair(String prompt, String chosen, String rejected) {
        return "{\"prompt\":\"" + prompt + "\",\"chosen\":\"" + chosen + "\",\"rejected\":\"" + rejected + "\"}";
    }

    private PreferencePairs pairs() {
        return new PreferencePairs(file, new Rendering(BYTES), CONTEXT);
    }

    private PreferenceLearning.Setup setup(String tag, Kind kind) {
        PreferenceOptions options = new PreferenceOptions(new PreferenceLoss(kind, kind.usualBeta()), Optional.of(9), 1, 8, 6, 0.1, 4, 3, 7,
                DType.F32);
        PreferencePairs pairs = pairs();
        PreferencePlan plan = PreferencePlan.of(options, new ModelChoice(ModelStage.BASE, start, BASE_STEPS), pairs);
        return new PreferenceLearning.Setup(plan, pairs, start, CheckpointDirectory.of(folder.resolve("models"), tag), Map.of());
    }

    private RunState<PreferencePosition> run(PreferenceLearning.Setup setup, Optional<Integer> resumeFrom, int stopAfter) {
        StopSignal stop = new StopSignal();
        RunListener listener = event -> {
            events.add(event);
            if (event instanceof RunEvent.Stepped stepped && stepped.step() == stopAfter - 1) {
                stop.request();
            }
        };
        try (Backend backend = Backends.open(Device.CPU, 1, DType.F32);
                PreferenceLearning learning = resumeFrom.isPresent()
                        ? PreferenceLearning.resume(setup, resumeFrom.get(), backend, listener, stop)
                        : PreferenceLearning.start(setup, backend, listener, stop)) {
            return learning.run();
        }
    }

    private RunState<PreferencePosition> run(PreferenceLearning.Setup setup) {
        return run(setup, Optional.empty(), -1);
    }

    private List<PreferenceStatistics> shown() {
        return events.stream().flatMap(event -> event instanceof RunEvent.Compared compared
                ? Stream.of(compared.preferences())
                : event instanceof RunEvent.Judged judged ? Stream.of(judged.preferences()) : Stream.of()).toList();
    }

    private Path reference() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("models"))) {
            return files.filter(path -> path.getFileName().toString().startsWith("reference-")).reduce((_, _) -> {
                throw new AssertionError("several");
            }).orElseThrow();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyLossTeachesWhatIsPreferred(Kind kind) {
        PreferencePosition end = run(setup("d2", kind)).loader();
        PreferenceStatistics before = end.before().orElseThrow();
        PreferenceStatistics now = end.now().orElseThrow();
        assertThat(before.accuracy()).as("nothing has changed yet").isEqualTo(0.5);
        assertThat(before.margin()).isZero();
        assertThat(now.accuracy()).isGreaterThan(0.9);
        assertThat(now.margin()).isPositive();
        assertThat(now.loss()).isLessThan(before.loss());
        assertThat(now.pairs()).isEqualTo(24);
        assertThat(before.loss()).isCloseTo(kind == Kind.IPO ? 25 : Math.log(2), within(1e-9));
    }

    @Test
    void anInterruptedRunGoesOnBitForBitWithTheReferenceItBeganWith() throws IOException {
        RunState<PreferencePosition> whole = run(setup("whole", Kind.DPO));
        List<PreferenceStatistics> expected = shown();
        byte[] scores = Files.readAllBytes(reference());
        events.clear();

        assertThat(run(setup("parts", Kind.DPO), Optional.empty(), 5).step()).isEqualTo(5);
        Files.delete(reference()); // it is worked out again from the model that the run began with
        RunState<PreferencePosition> resumed = run(setup("parts", Kind.DPO), Optional.of(5), -1);
        assertThat(shown()).isEqualTo(expected);
        assertThat(Files.readAllBytes(reference())).isEqualTo(scores);
        for (String name : List.of("model_000009.safetensors", "optim_000009.safetensors")) {
            assertThat(Files.readAllBytes(folder.resolve("models/parts").resolve(name))).as(name).isEqualTo(Files.readAllBytes(folder
                    .resolve(
                            "models/whole").resolve(name)));
        }
        assertThat(resumed).usingRecursiveComparison().ignoringFields("trainingSeconds").isEqualTo(whole);
    }

    /// A margin is taken from what the file says, so another number there shows.
    @Test
    void theReferenceIsReadAndNotWorkedOutAgain() throws IOException {
        run(setup("d2", Kind.DPO));
        String scores = Files.readString(reference());
        Files.writeString(reference(), scores.replaceFirst("(?s)\"held_out\" : \\[ -[\\d.]+", "\"held_out\" : [ -1000.0"));
        PreferenceStatistics before = run(setup("again", Kind.DPO)).loader().before().orElseThrow();
        assertThat(before.margin()).isGreaterThan(1);
        Files.writeString(reference(), "{ damaged");
        assertThat(run(setup("mended", Kind.DPO)).loader().before().orElseThrow().margin()).isZero();
        assertThat(Files.readString(reference())).isEqualTo(scores);
    }

    @Test
    void pairsThatTeachNothingAreCountedAndLeftOut() throws IOException {
        List<String> lines = new ArrayList<>(Files.readAllLines(file));
        lines.add(pair("q", "same", "same"));
        lines.add(pair("q".repeat(40), "yes", "no"));
        lines.add(pair("q".repeat(20), "alike to the end", "alike to the very end"));
        lines.add(pair("q".repeat(20), "YES to the very end", "no"));
        Files.write(file, lines);
        assertThat(pairs().size()).isEqualTo(25);
        assertThat(pairs().notes()).anyMatch(note -> note.startsWith("2 of 28 pairs have the same answer twice")).anyMatch(note -> note
                .startsWith("1 of 28 pairs have a question that fills")).anyMatch(note -> note.startsWith("1 of 28 pairs are longer"));

        Files.write(file, List.of(pair("q", "same", "same")));
        assertThatThrownBy(this::pairs).isInstanceOf(BadInputException.class).hasMessageContaining("no pair to learn from")
                .hasMessageContaining("same answer twice");
        Files.write(file, List.of(pair("q", "a", "b"), "{\"prompt\":\"q\"}"));
        assertThatThrownBy(this::pairs).isInstanceOf(BadInputException.class).hasMessageContaining(
                "pairs.jsonl line 2: there is no 'chosen'");
    }

    @Test
    void manyPairsAreHeldOut() throws IOException {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < PreferencePairs.FEW; i++) {
            lines.add(pair("q" + i, "yes", "no"));
        }
        Files.write(file, lines);
        PreferencePairs pairs = pairs();
        assertThat(pairs.heldOutSize()).isEqualTo(20);
        assertThat(pairs.trainingSize()).isEqualTo(180);
        assertThat(pairs.size()).isEqualTo(200);
        List<String> heldOut = new ArrayList<>();
        for (int i = 0; i < pairs.heldOutSize(); i++) {
            heldOut.add(BYTES.decode(pairs.heldOut(i).chosen().tokens()));
        }
        for (int i = 0; i < pairs.trainingSize(); i++) {
            assertThat(heldOut).doesNotContain(BYTES.decode(pairs.training(i).chosen().tokens()));
        }
    }

    @Test
    void onlyTheAnswerCounts() {
        var chosen = pairs().training(0).chosen();
        int[] counted = IntStream.range(0, chosen.length()).filter(i -> chosen.trained()[i]).map(i -> chosen.tokens()[i])
                .toArray();
        assertThat(BYTES.decode(counted)).startsWith("YES");
    }

    @Test
    void anotherPlanOrOtherPairsAreRefused() throws IOException {
        run(setup("d2", Kind.DPO), Optional.empty(), 3);
        assertThatThrownBy(() -> run(setup("d2", Kind.IPO), Optional.of(3), -1)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "another plan");
        Files.writeString(file, Files.readString(file).replace("YESA", "YESZ"));
        assertThatThrownBy(() -> run(setup("d2", Kind.DPO), Optional.of(3), -1)).isInstanceOf(BadInputException.class).hasMessageContaining(
                "the pairs were");
    }
}
