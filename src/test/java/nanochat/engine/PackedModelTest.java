package nanochat.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import nanochat.chat.TestModels;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.engine.kernel.Workers;
import nanochat.io.BadInputException;
import nanochat.io.Sha256;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Engines from the file that an earlier one left, against engines from the checkpoint.
class PackedModelTest {
    private final List<String> notices = new ArrayList<>();

    @TempDir
    private Path folder;

    private CheckpointDirectory checkpoints = new CheckpointDirectory(Path.of(""));

    @BeforeEach
    void saveModel() {
        checkpoints = TestModels.saveRandom(folder, "tiny", 160, 1);
    }

    private static EngineOptions options(WeightFormat format) {
        return EngineOptions.of(format, 2);
    }

    private Path file(WeightFormat format) {
        return checkpoints.folder().resolve("engine_000007." + format.name().toLowerCase(Locale.ROOT));
    }

    private static List<Sample> answer(Engine engine) {
        int[] prompt = engine.tokenizer().encode("What is the capital of France, and why?");
        return engine.generate(prompt, 2, new Generation(60, Sampling.atTemperature(1), 5, Set.of()), ColumnListener.NONE);
    }

    private List<Sample> answer(WeightFormat format) {
        try (Engine engine = Engine.loadPacked(checkpoints, TestModels.STEP, options(format), notices::add)) {
            return answer(engine);
        }
    }

    private List<Sample> answerOfCheckpoint(WeightFormat format) {
        try (Engine engine = Engine.load(checkpoints, TestModels.STEP, options(format))) {
            return answer(engine);
        }
    }

    /// Whether the file is one that an engine would map.
    private boolean counts(WeightFormat format) {
        try (Arena arena = Arena.ofShared(); Workers alone = new Workers(1)) {
            return PackedModel.of(checkpoints, TestModels.STEP, format).orElseThrow().read(arena, alone).isPresent();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theFirstEngineLeavesAFileThatGivesTheSameAnswers(WeightFormat format) {
        List<Sample> expected = answerOfCheckpoint(format);
        assertThat(file(format)).doesNotExist();
        assertThat(answer(format)).usingRecursiveComparison().isEqualTo(expected);
        assertThat(counts(format)).isTrue();
        assertThat(answer(format)).usingRecursiveComparison().isEqualTo(expected);
        assertThat(notices).isEmpty();
    }

    @Test
    void theMappedWeightsCannotBeReloaded() {
        answer(WeightFormat.BF16);
        try (Engine engine = Engine.loadPacked(checkpoints, TestModels.STEP, options(WeightFormat.BF16), notices::add)) {
            TensorSource other = new RandomTensors(engine.config(), 1);
            assertThatThrownBy(() -> engine.reload(other)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void anotherModelUnderTheSameNameIsNoticed() {
        List<Sample> old = answer(WeightFormat.BF16);
        checkpoints = TestModels.saveRandom(folder, "tiny", 160, 2);
        assertThat(counts(WeightFormat.BF16)).isFalse();
        assertThat(answer(WeightFormat.BF16)).usingRecursiveComparison().isEqualTo(answerOfCheckpoint(WeightFormat.BF16)).isNotEqualTo(old);
        assertThat(counts(WeightFormat.BF16)).isTrue();
    }

    @Test
    void anotherModelWithTheSameTimesIsNoticed() throws IOException {
        answer(WeightFormat.BF16);
        List<Path> files = checkpoints.modelFiles(TestModels.STEP);
        List<FileTime> times = new ArrayList<>();
        for (Path part : files) {
            times.add(Files.getLastModifiedTime(part));
        }
        TestModels.saveRandom(folder, "tiny", 160, 2);
        for (int i = 0; i < files.size(); i++) {
            Files.setLastModifiedTime(files.get(i), times.get(i));
        }
        assertThat(counts(WeightFormat.BF16)).isFalse();
    }

    @Test
    void everyDamagedByteIsNoticed() throws IOException {
        List<Sample> expected = answer(WeightFormat.INT8);
        byte[] sound = Files.readAllBytes(file(WeightFormat.INT8));
        int lastPadding = 0;
        int step = sound.length / 150;
        for (int at = 0; at < sound.length; at += step) {
            byte[] damaged = sound.clone();
            damaged[at] ^= 4;
            Files.write(file(WeightFormat.INT8), damaged);
            lastPadding += counts(WeightFormat.INT8) ? 1 : 0;
        }
        assertThat(lastPadding).as("bytes between head and weights, which mean nothing").isLessThanOrEqualTo(4096 / step + 1);
        assertThat(answer(WeightFormat.INT8)).usingRecursiveComparison().isEqualTo(expected);
        assertThat(Files.readAllBytes(file(WeightFormat.INT8))).as("it was made again").isEqualTo(sound);
    }

    @Test
    void aCutFileIsNoticed() throws IOException {
        answer(WeightFormat.BF16);
        byte[] sound = Files.readAllBytes(file(WeightFormat.BF16));
        for (int length : new int[]{0, 1, 23, 24, 1000, sound.length / 2, sound.length - 1}) {
            Files.write(file(WeightFormat.BF16), java.util.Arrays.copyOf(sound, length));
            assertThat(counts(WeightFormat.BF16)).as("of length " + length).isFalse();
        }
    }

    @Test
    void whereTheFileCannotBeWrittenTheEngineAnswersAllTheSameAndSaysSoOnce() throws IOException {
        Files.createDirectories(file(WeightFormat.BF16).resolve("in the way"));
        assertThat(answer(WeightFormat.BF16)).usingRecursiveComparison().isEqualTo(answerOfCheckpoint(WeightFormat.BF16));
        assertThat(notices).singleElement().asString().contains("next start").contains("engine_000007.bf16");
        try (Stream<Path> files = Files.list(checkpoints.folder())) {
            assertThat(files.filter(path -> path.toString().contains(".tmp-"))).isEmpty();
        }
    }

    @Test
    void aCheckpointThatIsNotThereIsTheUsersErrorAsEver() {
        assertThatThrownBy(() -> Engine.loadPacked(checkpoints, 8, options(WeightFormat.BF16), notices::add))
                .isInstanceOf(BadInputException.class).hasMessageContaining("step 8");
    }

    /// Whoever changes a layout finds this test, and counts [PackedModel#VERSION] up.
    @Test
    void layoutsAreThoseOfThisVersion() throws IOException {
        answer(WeightFormat.BF16);
        answer(WeightFormat.INT4);
        assertThat(PackedModel.VERSION).isEqualTo(1);
        assertThat(weightsSum(WeightFormat.BF16)).isEqualTo("96560d02dc841e56");
        assertThat(weightsSum(WeightFormat.INT4)).isEqualTo("b86cc73e836d33b5");
    }

    private String weightsSum(WeightFormat format) throws IOException {
        byte[] all = Files.readAllBytes(file(format));
        int weights = Math.toIntExact(java.nio.ByteBuffer.wrap(all).order(java.nio.ByteOrder.LITTLE_ENDIAN).getLong(16));
        var digest = Sha256.begin();
        digest.update(all, all.length - weights, weights);
        return Sha256.hex(digest).substring(0, 16);
    }
}
