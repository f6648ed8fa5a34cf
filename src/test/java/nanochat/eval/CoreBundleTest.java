package nanochat.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import nanochat.io.BadInputException;
import nanochat.io.Json;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/// The oracle: what Python makes of the bundle core/bundle, recorded in core/prompts.json by core/write.py (and compared once with the original's
/// templates, which give the same prompts).
class CoreBundleTest {
    private static final String TASK = """
            icl_tasks:
            - label: one
              dataset_uri: one.jsonl
              num_fewshot: [2]
              icl_task_type: multiple_choice
            """;
    private static final String BASELINES = "Eval Task,Random baseline\none,25\n";
    private static final String EXAMPLE = "{\"query\": \"q\", \"choices\": [\"a\", \"b\"], \"gold\": 1}\n";

    @TempDir
    private Path folder;

    static Path recordedBundle() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(CoreBundleTest.class.getResource("/core/bundle")).toURI());
    }

    static Stream<JsonNode> recordedTasks() throws IOException {
        try (InputStream in = Objects.requireNonNull(CoreBundleTest.class.getResourceAsStream("/core/prompts.json"))) {
            return Json.LINE.readTree(in).valueStream();
        }
    }

    private static CoreTask recordedTask(String label) throws URISyntaxException {
        return CoreBundle.open(recordedBundle()).tasks().stream().filter(task -> task.label().equals(label)).findFirst().orElseThrow();
    }

    @Test
    void aBundleSaysWhichTasksThereAre() throws URISyntaxException {
        Path data = recordedBundle().resolve("eval_data");
        assertThat(CoreBundle.isIn(recordedBundle())).isTrue();
        assertThat(CoreBundle.isIn(data)).isFalse();
        assertThat(CoreBundle.open(recordedBundle()).tasks()).containsExactly(
                new CoreTask("trivia", CoreExample.Type.MULTIPLE_CHOICE, data.resolve("world/trivia.jsonl"), 3, "\nAnswer: ", 0.25),
                new CoreTask("pronouns", CoreExample.Type.SCHEMA, data.resolve("pronouns.jsonl"), 2, " ", 0.5),
                new CoreTask("last_words", CoreExample.Type.LANGUAGE_MODELING, data.resolve("last words.jsonl"), 10, " ", 0),
                new CoreTask("trivia, unprepared", CoreExample.Type.MULTIPLE_CHOICE, data.resolve("world/trivia.jsonl"), 0, " ", 0.25));
    }

    @ParameterizedTest
    @MethodSource("recordedTasks")
    void fewShotExamplesAndPromptsAreThoseOfPython(JsonNode python) throws URISyntaxException {
        CoreTask task = recordedTask(python.get("label").asString());
        List<CoreExample> examples = task.examples(CoreEvaluation.ALL);
        JsonNode recorded = python.get("examples");
        assertThat(examples).hasSize(recorded.size());
        for (int i = 0; i < examples.size(); i++) {
            int[] fewShot = recorded.get(i).get("few_shot").valueStream().mapToInt(JsonNode::asInt).toArray();
            assertThat(task.fewShot(examples.size(), i)).as("few-shot examples of %d", i).containsExactly(fewShot);
            assertThat(task.prompts(examples, i)).as("prompts of %d", i)
                    .isEqualTo(recorded.get(i).get("prompts").valueStream().map(JsonNode::asString).toList());
        }
    }

    @Test
    void whiteSpaceIsWhatPythonHoldsToBe() throws IOException {
        try (InputStream in = Objects.requireNonNull(CoreBundleTest.class.getResourceAsStream("/core/spaces.json"))) {
            List<Integer> spaces = Json.LINE.readTree(in).valueStream().map(JsonNode::asInt).toList();
            for (int c = 0; c <= Character.MAX_VALUE; c++) {
                if (!Character.isSurrogate((char) c)) {
                    String text = (char) c + "x" + (char) c;
                    assertThat(CoreExample.stripped(text)).as("U+%04X", c).isEqualTo(spaces.contains(c) ? "x" : text);
                }
            }
        }
        assertThat(CoreExample.stripped(" \n ")).isEmpty();
    }

    @Test
    void aTaskWithFewerExamplesThanItShouldShowShowsAllOthers() throws URISyntaxException {
        CoreTask task = recordedTask("last_words");
        List<CoreExample> three = task.examples(3);
        assertThat(three).isEqualTo(task.examples(CoreEvaluation.ALL).subList(0, 3));
        assertThat(task.fewShot(3, 1)).containsExactlyInAnyOrder(0, 2);
        assertThat(task.fewShot(1, 0)).isEmpty();
        assertThat(task.prompts(three.subList(0, 1), 0)).hasSize(2).noneMatch(prompt -> prompt.contains("\n\n"));
    }

    @Test
    void accuraciesAreCentredOnChance() throws URISyntaxException {
        CoreTask task = recordedTask("trivia");
        assertThat(task.centred(0.25)).isZero();
        assertThat(task.centred(1)).isEqualTo(1);
        assertThat(task.centred(0)).isCloseTo(-1.0 / 3, within(1e-15));
    }

    @BeforeEach
    void writeSmallBundle() throws IOException {
        Files.createDirectories(folder.resolve("eval_data"));
        write("core.yaml", TASK);
        write("eval_meta_data.csv", BASELINES);
        write("eval_data/one.jsonl", EXAMPLE);
    }

    private void write(String name, String text) throws IOException {
        Files.writeString(folder.resolve(name), text);
    }

    private void isRefused(String... said) {
        assertThatThrownBy(() -> CoreBundle.open(folder).tasks().getFirst().examples(CoreEvaluation.ALL))
                .isInstanceOf(BadInputException.class).message().contains(said);
    }

    @Test
    void whatIsWrongWithTheListOfTasksIsSaidWithItsPlace() throws IOException {
        write("core.yaml", TASK + "  - label: [\n");
        isRefused("core.yaml is not valid YAML", "line 6, column 3");
        write("core.yaml", "tasks: []\n");
        isRefused("core.yaml has no list icl_tasks");
        write("core.yaml", TASK.replace("label: one", "name: one"));
        isRefused("core.yaml, task 1: label is missing");
        write("core.yaml", TASK.replace("[2]", "two"));
        isRefused("core.yaml, task 1 (one): num_fewshot must be a list with a number");
        write("core.yaml", TASK.replace("multiple_choice", "essay"));
        isRefused("core.yaml, task 1 (one): there is no icl_task_type essay, only multiple_choice, schema, language_modeling");
        write("core.yaml", TASK + TASK.replace("icl_tasks:\n", ""));
        isRefused("core.yaml has two tasks one");
        Files.delete(folder.resolve("core.yaml"));
        isRefused("There is no file", "core.yaml", "nanochat data download --dataset core");
    }

    @Test
    void whatIsWrongWithTheBaselinesIsSaidWithItsPlace() throws IOException {
        write("eval_meta_data.csv", BASELINES.replace("one", "other"));
        isRefused("eval_meta_data.csv has no \"Random baseline\" for the \"Eval Task\" one");
        write("eval_meta_data.csv", BASELINES.replace("25", "a quarter"));
        isRefused("eval_meta_data.csv line 2: \"Random baseline\" must be a percentage below 100, is a quarter");
        write("eval_meta_data.csv", BASELINES.replace("25", "100"));
        isRefused("must be a percentage below 100, is 100");
        write("eval_meta_data.csv", BASELINES.replace("Random baseline", "Chance"));
        isRefused("eval_meta_data.csv has no column \"Random baseline\"");
        Files.delete(folder.resolve("eval_meta_data.csv"));
        isRefused("There is no file", "eval_meta_data.csv");
        Files.delete(folder.resolve("core.yaml"));
        isRefused("There is no file", "core.yaml");
    }

    @Test
    void whatIsWrongWithAnExampleIsSaidWithItsLine() throws IOException {
        for (String[] bad : new String[][]{
            {"{\"query\": \"q\"", "line 3 is not valid JSON"},
            {"[1]", "line 3: \"choices\" must be a list of texts, is missing"},
            {EXAMPLE.replace("query", "question"), "line 3: \"query\" must be text, is missing"},
            {EXAMPLE.replace("[\"a\", \"b\"]", "[]"), "line 3: \"choices\" must be a list of texts, is []"},
            {EXAMPLE.replace("\"a\"", "null"), "line 3: \"choices\" must be text, is null"},
            {EXAMPLE.replace("1}", "2}"), "line 3: \"gold\" must be the index of one of 2 options, is 2"},
            {EXAMPLE.replace("1}", "\"b\"}"), "line 3: \"gold\" must be the index of one of 2 options, is \"b\""}}) {
            write("eval_data/one.jsonl", EXAMPLE + "\n" + bad[0]);
            isRefused("one.jsonl " + bad[1]);
        }
        Files.write(folder.resolve("eval_data/one.jsonl"), (EXAMPLE + "\u00e9").getBytes(StandardCharsets.ISO_8859_1));
        isRefused("one.jsonl is not UTF-8");
        write("core.yaml", TASK.replace("multiple_choice", "language_modeling"));
        write("eval_data/one.jsonl", "{\"context\": \"c\", \"continuation\": \" \"}");
        isRefused("one.jsonl line 1: \"continuation\" is blank");
    }

    @Test
    void aTaskWithoutExamplesIsRefused() throws IOException {
        write("eval_data/one.jsonl", "\n");
        isRefused("There is no example in", "one.jsonl");
        Files.delete(folder.resolve("eval_data/one.jsonl"));
        isRefused("There is no file", "one.jsonl", "the task one");
    }

    @Test
    void numbersAmongTheAnswersAreTexts() throws IOException {
        write("eval_data/one.jsonl", "{\"query\": 7, \"choices\": [1, \"2\"], \"gold\": 1}");
        assertThat(CoreBundle.open(folder).tasks().getFirst().examples(CoreEvaluation.ALL))
                .containsExactly(new CoreExample.MultipleChoice("7", List.of("1", "2"), 1));
    }
}
