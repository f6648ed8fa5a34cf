package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import nanochat.engine.InferenceGpt;
import nanochat.io.Json;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Three oracles: a model that counts, for which the right answers of a bundle are known; one that finds everything equally likely; and a model with
/// random weights, asked the recorded prompts one by one.
class CoreEvaluationTest {
    private static final Tokenizer BYTES = Tokenizer.ofMerges(List.of());
    private static final int LIMIT = 2000;

    @TempDir
    private Path folder;

    private void writeBundle(String tasks, String baselines, Map<String, String> examples) throws IOException {
        Files.writeString(folder.resolve("core.yaml"), tasks);
        Files.writeString(folder.resolve("eval_meta_data.csv"), baselines);
        Files.createDirectories(folder.resolve("eval_data"));
        for (Map.Entry<String, String> file : examples.entrySet()) {
            Files.writeString(folder.resolve("eval_data").resolve(file.getKey()), file.getValue());
        }
    }

    private void writeCountingBundle(String shots) throws IOException {
        writeBundle(
                """
                        icl_tasks:
                        - {label: choose, dataset_uri: choose.jsonl, num_fewshot: [SHOTS], icl_task_type: multiple_choice, continuation_delimiter: ''}
                        - {label: begin, dataset_uri: begin.jsonl, num_fewshot: [SHOTS], icl_task_type: schema, continuation_delimiter: ''}
                        - {label: go on, dataset_uri: go-on.jsonl, num_fewshot: [SHOTS], icl_task_type: language_modeling, continuation_delimiter: ''}
                        """
                        .replace("SHOTS", shots), "Eval Task,Random baseline\nchoose,25\nbegin,50\ngo on,0\n",
                Map.of("choose.jsonl", """
                        {"query": "abc", "choices": ["xyz", "def", "dxx"], "gold": 1}
                        {"query": "abc", "choices": ["def", "dex"], "gold": 0}
                        {"query": "123", "choices": ["9", "45", "46", "5"], "gold": 2}
                        {"query": "xy", "choices": ["a", "z"], "gold": 1}
                        {"query": "mn", "choices": ["opxx", "pp"], "gold": 1}
                        """, "begin.jsonl", """
                        {"context_options": ["abc", "xyz"], "continuation": "def", "gold": 0}
                        {"context_options": ["k", "3"], "continuation": "4", "gold": 1}
                        {"context_options": ["k", "3"], "continuation": "4", "gold": 0}
                        """, "go-on.jsonl", """
                        {"context": "  abc ", "continuation": "def"}
                        {"context": "abc", "continuation": "dex"}
                        {"context": "12", "continuation": "3456789"}
                        {"context": "12", "continuation": "4"}
                        """));
    }

    private CoreScores measure(SmallModel model, Path bundle) {
        try (CoreEvaluation evaluation = new CoreEvaluation(model.passes(), BYTES)) {
            return evaluation.measure(CoreBundle.open(bundle), CoreEvaluation.ALL, (_, _, _, _) -> {});
        }
    }

    /// The third and the last choice are wrong: the sum of their losses is not what counts, and the right answer is not the model's.
    @ParameterizedTest
    @CsvSource({"0", "2", "10"})
    void aModelThatCountsScoresWhatItMust(String shots) throws IOException {
        writeCountingBundle(shots);
        try (SmallModel model = SmallModel.counting(BYTES.vocabularySize(), LIMIT)) {
            CoreScores scores = measure(model, folder);
            assertThat(scores.tasks().keySet()).containsExactly("choose", "begin", "go on");
            isScore(scores.tasks().get("choose"), 3, 5, 0.25);
            isScore(scores.tasks().get("begin"), 2, 3, 0.5);
            isScore(scores.tasks().get("go on"), 2, 4, 0);
            assertThat(scores.core()).isCloseTo(((0.6 - 0.25) / 0.75 + (2 / 3.0 - 0.5) / 0.5 + 0.5) / 3, within(1e-12));
            assertThat(scores.lines()).containsExactly(
                    "choose   60.0%  centred  0.4667  of 5", "begin    66.7%  centred  0.3333  of 3",
                    "go on    50.0%  centred  0.5000  of 4",
                    "CORE 0.4333");
        }
    }

    private static void isScore(CoreScore score, int right, int of, double baseline) {
        assertThat(score.n()).isEqualTo(of);
        assertThat(score.accuracy()).isEqualTo((double) right / of);
        assertThat(score.centred()).isCloseTo(((double) right / of - baseline) / (1 - baseline), within(1e-12));
    }

    @Test
    void whereAllIsEquallyLikelyTheFirstOptionIsTakenAndNoTextIsRight() throws URISyntaxException, IOException {
        try (SmallModel model = SmallModel.undecided(BYTES.vocabularySize(), LIMIT)) {
            CoreScores scores = measure(model, CoreBundleTest.recordedBundle());
            isScore(scores.tasks().get("trivia"), firstIsGold("world/trivia.jsonl"), 26, 0.25);
            isScore(scores.tasks().get("pronouns"), 7, 13, 0.5);
            isScore(scores.tasks().get("last_words"), 0, 90, 0);
        }
    }

    private static int firstIsGold(String file) throws IOException, URISyntaxException {
        return (int) Files.readAllLines(CoreBundleTest.recordedBundle().resolve("eval_data").resolve(file)).stream()
                .filter(line -> line.contains("\"gold\": 0")).count();
    }

    @ParameterizedTest
    @CsvSource({"1, 2000", "2, 100"})
    void aBatchScoresWhatTheRecordedPromptsScoreOneByOne(long seed, int limit) throws Exception {
        try (SmallModel model = SmallModel.random(seed, BYTES.vocabularySize(), limit)) {
            CoreScores scores = measure(model, CoreBundleTest.recordedBundle());
            Map<String, CoreTask> tasks = new LinkedHashMap<>();
            CoreBundle.open(CoreBundleTest.recordedBundle()).tasks().forEach(task -> tasks.put(task.label(), task));
            for (JsonNode recorded : CoreBundleTest.recordedTasks().toList()) {
                CoreTask task = tasks.get(recorded.get("label").asString());
                List<String> lines = Files.readAllLines(task.file());
                int right = 0;
                for (int i = 0; i < lines.size(); i++) {
                    JsonNode row = Json.LINE.readTree(lines.get(recorded.get("order").get(i).asInt()));
                    List<int[]> sequences = recorded.get("examples").get(i).get("prompts").valueStream()
                            .map(prompt -> withBos(prompt.asString())).toList();
                    right += isRight(model.engine(), task.type(), row, sequences, limit) ? 1 : 0;
                }
                isScore(scores.tasks().get(task.label()), right, lines.size(), task.baseline());
            }
        }
    }

    private static int[] withBos(String text) {
        int[] bytes = BYTES.encode(text);
        int[] tokens = new int[bytes.length + 1];
        tokens[0] = BYTES.id(SpecialToken.BOS);
        System.arraycopy(bytes, 0, tokens, 1, bytes.length);
        return tokens;
    }

    /// The rules of docs/formulas.md#evaluation once more, for one example and one sequence at a time.
    private static boolean isRight(InferenceGpt engine, CoreExample.Type type, JsonNode row, List<int[]> sequences, int limit) {
        int[] first = sequences.getFirst();
        int[] last = sequences.getLast();
        if (type == CoreExample.Type.LANGUAGE_MODELING) {
            assertThat(Arrays.copyOf(last, first.length)).isEqualTo(first);
            return meanLoss(engine, last, first.length, limit).likeliest;
        }
        int prefix = 0;
        int suffix = 0;
        int shortest = sequences.stream().mapToInt(tokens -> tokens.length).min().orElseThrow();
        while (prefix < shortest && agree(sequences, prefix, false)) {
            prefix++;
        }
        while (suffix < shortest && agree(sequences, suffix, true)) {
            suffix++;
        }
        List<Double> losses = new ArrayList<>();
        for (int[] tokens : sequences) {
            int from = type == CoreExample.Type.MULTIPLE_CHOICE ? prefix : tokens.length - suffix;
            losses.add(meanLoss(engine, tokens, from, limit).loss);
        }
        int best = 0;
        for (int i = 0; i < losses.size(); i++) {
            best = losses.get(i) < losses.get(best) ? i : best;
        }
        return best == row.get("gold").asInt();
    }

    private static boolean agree(List<int[]> sequences, int offset, boolean fromEnd) {
        return sequences.stream().map(tokens -> tokens[fromEnd ? tokens.length - 1 - offset : offset]).distinct().count() == 1;
    }

    private record Naive(double loss, boolean likeliest) {}

    private static Naive meanLoss(InferenceGpt engine, int[] tokens, int from, int limit) {
        int cut = Math.max(0, tokens.length - limit);
        int[] kept = Arrays.copyOfRange(tokens, cut, tokens.length);
        double[] sum = {0};
        boolean[] likeliest = {true};
        try (var cache = engine.newCache()) {
            engine.score(cache.newSequence(), kept, (index, logits, row) -> {
                if (index + 1 >= from - cut && index + 1 < kept.length) {
                    float[] all = new float[BYTES.vocabularySize()];
                    logits.copyRow(row, all);
                    sum[0] += SmallModel.loss(all, kept[index + 1]);
                    likeliest[0] &= SmallModel.argmax(all) == kept[index + 1];
                }
            });
        }
        return new Naive(sum[0] / (tokens.length - from), likeliest[0]);
    }

    @Test
    void anObserverSeesTheWholeWayAndMayEndIt() throws IOException {
        writeCountingBundle("0");
        try (SmallModel model = SmallModel.counting(BYTES.vocabularySize(), LIMIT);
                CoreEvaluation evaluation = new CoreEvaluation(model.passes(), BYTES)) {
            CoreBundle bundle = CoreBundle.open(folder);
            List<String> seen = new ArrayList<>();
            CoreScores scores = evaluation.measure(bundle, 2,
                    (task, done, right, of) -> seen.add(task.label() + " " + done + " " + (right <= done) + " " + of));
            assertThat(scores.tasks().values()).extracting(CoreScore::n).containsExactly(2, 2, 2);
            assertThat(seen).containsExactly("choose 0 true 2", "choose 2 true 2", "begin 0 true 2", "begin 2 true 2", "go on 0 true 2",
                    "go on 2 true 2");
            assertThatThrownBy(() -> evaluation.measure(bundle, 2, (_, _, _, _) -> {
                throw new CancellationException();
            })).isInstanceOf(CancellationException.class);
        }
    }
}
