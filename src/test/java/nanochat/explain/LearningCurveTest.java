package nanochat.explain;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.SafeTensors;
import nanochat.tensor.Bfloat16;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The models that a run leaves on its way, and the curves that come of them.
class LearningCurveTest {
    private static final List<Question> QUESTIONS = List.of(new Question(Question.Level.GRAMMAR, "She has two", List.of(" feet", " foot",
            " the")));

    @TempDir
    private Path base;

    private static List<LearningCurve.Point> curve(ModelChoice choice, int most) {
        Map<Language, Exam> exams = new EnumMap<>(Map.of(Language.EN, new Exam(QUESTIONS)));
        return LearningCurve.before(choice, most, exams, List.of("Anna went home."), 2, 64);
    }

    @Test
    void aRunIsAskedAtItsSnapshotsAndGoesOnAsWithoutThem() throws IOException {
        ModelChoice with = SmallPretraining.run(base, "with", 2, 6, Set.of(1, 3, 5));
        ModelChoice without = SmallPretraining.run(base, "without", 2, 6);
        assertThat(curve(with, 8)).extracting(LearningCurve.Point::step).containsExactly(1, 3, 5);
        assertThat(curve(with, 2)).extracting(LearningCurve.Point::step).containsExactly(1, 3);
        assertThat(curve(with, 0)).isEmpty();
        assertThat(curve(without, 8)).isEmpty();
        assertThat(curve(with, 8)).allSatisfy(point -> {
            assertThat(point.bitsPerByte()).isBetween(1.0, 12.0);
            assertThat(point.right()).containsOnlyKeys(Language.EN);
        });
        try (SafeTensors one = with.checkpoints().openModel(6); SafeTensors other = without.checkpoints().openModel(6)) {
            assertThat(one.names()).isEqualTo(other.names()).allSatisfy(name -> assertThat(one.tensor(name).toFloats()).isEqualTo(other
                    .tensor(name).toFloats()));
        }
    }

    @Test
    void aSnapshotIsTheModelInHalfTheBytesAndNoModelOfItsOwn() throws IOException {
        ModelChoice run = SmallPretraining.run(base, "run", 2, 2, Set.of(1));
        ModelChoice shorter = SmallPretraining.run(base, "shorter", 2, 1);
        CheckpointDirectory snapshots = run.checkpoints().snapshots();
        assertThat(snapshots.steps()).containsExactly(1);
        assertThat(snapshots.hasOptimizer(1)).isFalse();
        assertThat(CheckpointDirectory.all(base.resolve("base_checkpoints"))).extracting(CheckpointDirectory::tag)
                .containsExactlyInAnyOrder(
                        "run", "shorter");
        try (SafeTensors kept = snapshots.openModel(1)) {
            for (String name : kept.names()) {
                for (float value : kept.tensor(name).toFloats()) {
                    assertThat(Bfloat16.round(value)).isEqualTo(value);
                }
            }
        }
        assertThat(Files.size(snapshots.modelFiles(1).get(1))).isLessThan(Files.size(shorter.checkpoints().modelFiles(1).get(1)) * 6 / 10);
    }

    /// What an earlier run of the same name has left is not of this one.
    @Test
    void snapshotsOfAnotherRunAreNotItsOwn() throws IOException {
        ModelChoice earlier = SmallPretraining.run(base, "earlier", 2, 6, Set.of(1, 3));
        ModelChoice run = SmallPretraining.run(base, "run", 2, 8);
        Files.move(earlier.checkpoints().snapshots().folder(), run.checkpoints().snapshots().folder());
        assertThat(curve(run, 8)).isEmpty();
    }

    @Test
    void aLevelIsLearnedFromWhereItStaysAboveChance() {
        LearningCurve curve = new LearningCurve(List.of(point(10, 0.9), point(20, 0.3), point(40, 0.5), point(80, 0.6)));
        assertThat(curve.firstAbove(Language.EN, Question.Level.GRAMMAR, 0.25, 32)).map(LearningCurve.Point::step).contains(40);
        assertThat(curve.firstAbove(Language.EN, Question.Level.GRAMMAR, 0.5, 32)).isEmpty();
        assertThat(curve.firstAbove(Language.ZH, Question.Level.GRAMMAR, 0.25, 32)).isEmpty();
    }

    private static LearningCurve.Point point(int step, double right) {
        return new LearningCurve.Point(step, 1, Map.of(Language.EN, Map.of(Question.Level.GRAMMAR, right)));
    }
}
