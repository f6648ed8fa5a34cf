package nanochat.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Part;
import nanochat.data.download.TaskFiles;
import nanochat.io.BadInputException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Oracle: files written by pyarrow in the schemas of the data sets, with the script beside them; what a row becomes is written out here.
class DatasetTasksTest {
    @TempDir
    Path folder;
    private DatasetFolder data;

    @BeforeEach
    void makeFolder() {
        data = new DatasetFolder(folder);
    }

    private static List<Conversation> all(Task task) {
        return IntStream.range(0, task.size()).mapToObj(task::conversation).toList();
    }

    private static Conversation conversation(String question, Part... reply) {
        return new Conversation(List.of(new Message.User(question), new Message.Assistant(reply)));
    }

    private static Conversation conversation(String question, String reply) {
        return conversation(question, new Part.Text(reply));
    }

    /// What `write.py` calls `talk(i)`.
    private static Conversation talk(int i) {
        Stream<Message> system = i % 3 == 0 ? Stream.of(new Message.SystemPrompt("Be brief " + i + ".")) : Stream.of();
        Stream<Message> turns = IntStream.rangeClosed(0, i % 2).boxed()
                .flatMap(turn -> Stream.of(new Message.User("Talk " + i + ", question " + turn + "?"),
                        new Message.Assistant("Answer " + turn + ": " + "é漢😀".repeat(i % 4) + ".")));
        return new Conversation(Stream.concat(system, turns).toList());
    }

    @Test
    void smolTalkIsEveryConversationOfAllItsFilesInAnOrderOfItsOwn() throws IOException {
        data.put("smoltalk-0.parquet", "smoltalk/default/train/0.parquet");
        data.put("smoltalk-1.parquet", "smoltalk/default/train/1.parquet");
        List<Conversation> expected = IntStream.range(0, 30).mapToObj(DatasetTasksTest::talk).toList();
        List<Conversation> first = all(SmolTalk.of(TaskFiles.SMOLTALK_TRAIN, data.base()));
        assertThat(first).containsExactlyInAnyOrderElementsOf(expected).isNotEqualTo(expected);
        assertThat(all(SmolTalk.of(TaskFiles.SMOLTALK_TRAIN, data.base()))).as("opened again").isEqualTo(first);
    }

    @Test
    void jsonLinesOfTheSameSchemaAreTheSameTask() throws IOException {
        data.put("smoltalk-0.parquet", "smoltalk/default/train/0.parquet");
        Task parquet = SmolTalk.of(TaskFiles.SMOLTALK_TRAIN, data.base());
        List<Conversation> expected = all(parquet);
        Path lines = folder.resolve("task_data/smoltalk/default/train/unpacked/0.jsonl");
        Files.copy(lines, data.place("smoltalk/default/test/0.jsonl"));
        assertThat(all(SmolTalk.of(TaskFiles.SMOLTALK_TEST, data.base()))).isEqualTo(expected);
    }

    @Test
    void aParquetFileIsUnpackedOnceAndAgainWhenItIsReplaced() throws IOException {
        Path parquet = data.put("smoltalk-0.parquet", "smoltalk/default/train/0.parquet");
        String fingerprint = SmolTalk.of(TaskFiles.SMOLTALK_TRAIN, data.base()).fingerprint();
        Path lines = parquet.resolveSibling("unpacked").resolve("0.jsonl");
        Object made = Files.readAttributes(lines, "unix:ino").get("ino");
        assertThat(SmolTalk.of(TaskFiles.SMOLTALK_TRAIN, data.base()).fingerprint()).isEqualTo(fingerprint);
        assertThat(Files.readAttributes(lines, "unix:ino").get("ino")).as("the same file").isEqualTo(made);

        Files.delete(parquet);
        data.put("smoltalk-1.parquet", "smoltalk/default/train/0.parquet");
        Files.setLastModifiedTime(parquet, FileTime.fromMillis(Files.getLastModifiedTime(lines).toMillis() - 5000));
        Task replaced = SmolTalk.of(TaskFiles.SMOLTALK_TRAIN, data.base());
        assertThat(replaced.size()).isEqualTo(7);
        assertThat(replaced.fingerprint()).isNotEqualTo(fingerprint);
    }

    @Test
    void multipleChoiceIsAskedAndAnsweredByLetters() throws IOException {
        data.put("arc.parquet", "arc/ARC-Easy/test/0.parquet");
        Arc arc = Arc.of(TaskFiles.ARC_EASY_TEST, data.base());
        assertThat(all(arc)).containsExactlyInAnyOrder(conversation("""
                Multiple Choice question: Which of these is a liquid at room temperature?
                - iron=A
                - water=B
                - oxygen=C
                - sand=D

                Respond only with the letter of the correct answer.""", "B"), conversation("""
                Multiple Choice question: What do plants take in to make sugar?
                - light=A
                - noise=B
                - gravity=C

                Respond only with the letter of the correct answer.""", "A"), conversation("""
                Multiple Choice question: Which one is the lightest?
                - a stone=1
                - a brick=2
                - a log=3
                - a feather=4

                Respond only with the letter of the correct answer.""", "4"), conversation("""
                Multiple Choice question: What turns once a day?
                - the moon=A
                - a comet=B
                - the sun=C
                - the galaxy=D
                - the earth=E

                Respond only with the letter of the correct answer.""", "E"));
    }

    @Test
    void mmluIsTheSameWithAndWithoutItsWrapper() throws IOException {
        data.put("mmlu.parquet", "mmlu/all/test/0.parquet");
        data.put("mmlu-wrapped.parquet", "mmlu/all/auxiliary_train/0.parquet");
        Mmlu mmlu = Mmlu.of(TaskFiles.MMLU_TEST, data.base());
        assertThat(mmlu.size()).isEqualTo(12);
        assertThat(all(Mmlu.of(TaskFiles.MMLU_AUXILIARY_TRAIN, data.base()))).isEqualTo(all(mmlu));
        for (int i = 0; i < mmlu.size(); i++) {
            MultipleChoice question = mmlu.question(i);
            int number = Integer.parseInt(question.question().split(" ")[2]);
            assertThat(question.choices().get(question.letters().indexOf(question.correct()))).isEqualTo("" + 2 * number);
        }
    }

    @Test
    void gsm8kCalculatesWithTheTool() throws IOException {
        data.put("gsm8k.parquet", "gsm8k/main/test/0.parquet");
        assertThat(all(Gsm8k.of(TaskFiles.GSM8K_TEST, data.base()))).contains(
                conversation("Ann has 3 boxes of 4 apples. She eats 2. How many are left?", new Part.Text("She has 3*4="),
                        new Part.Python("3*4"), new Part.PythonOutput("12"), new Part.Text("12 apples.\nThen 12-2="),
                        new Part.Python("12-2"), new Part.PythonOutput("10"), new Part.Text("10 are left.\n#### 10")),
                conversation("How many legs has a cat?", "A cat has four legs.\n#### 4"));
    }

    @Test
    void aMathProblemIsSolvedByItsFinalNumberWhateverItsCommas() {
        MathProblem problem = new MathProblem("Q", "1200+300=$<<1200+300=1500>>1,500.\n#### 1,500");
        assertThat(Stream.of("#### 1500", "so\n#### 1,500", "#### 1500 dollars", "#### 1500\n#### 7")).allMatch(problem::isSolvedBy);
        assertThat(Stream.of("1500", "####1500", "#### -1500", "#### 150", "#### 7\n#### 1500", "#### 1500.", ""))
                .noneMatch(problem::isSolvedBy);
        assertThat(new MathProblem("Q", "#### -4").isSolvedBy("#### -4")).isTrue();
    }

    @Test
    void aCalculationWithoutAResultIsACallWithoutOne() {
        assertThat(new MathProblem("Q", "a<<2+2>>b<<x==3=1>>\n#### 1").conversation()).isEqualTo(conversation("Q", new Part.Text("a"),
                new Part.Python("2+2"), new Part.PythonOutput(""), new Part.Text("b"), new Part.Python("x==3"), new Part.PythonOutput("1"),
                new Part.Text("\n#### 1")));
    }

    @Test
    void aProgramIsImportsReplyTestsAndTheirCall() throws IOException {
        data.put("humaneval.parquet", "humaneval/openai_humaneval/test/0.parquet");
        HumanEval task = HumanEval.of(TaskFiles.HUMANEVAL_TEST, data.base(), _ -> false);
        ProgrammingProblem area = IntStream.range(0, task.size()).mapToObj(task::problem).filter(each -> each.entryPoint().equals("area"))
                .findFirst().orElseThrow();
        assertThat(area.program("Sure!\n```python\ndef area(r):\n    return 3 * r\n```\nOr so.\n```\nno\n```")).isEqualTo("""
                import math
                from typing import List

                def area(r):
                    return 3 * r



                METADATA = {}


                def check(candidate):
                    assert abs(candidate(1) - 3.14159) < 1e-4
                    assert candidate(0) == 0

                check(area)
                """);
        assertThat(area.program("  def area(r): return r \n")).contains("List\n\ndef area(r): return r\n\n");
        ProgrammingProblem noImports = new ProgrammingProblem("def f():\n    import os\n", "", "t", "f");
        assertThat(noImports.program("x")).isEqualTo("\n\nx\n\nt\ncheck(f)\n");
        assertThat(area.conversation().messages()).element(1).isEqualTo(new Message.Assistant(area.prompt() + "\n" + area.solution()));
    }

    @Test
    void whatIsNotDownloadedIsNamedWithTheCommandThatFetchesIt() {
        assertThatThrownBy(() -> Gsm8k.of(TaskFiles.GSM8K_TEST, data.base())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("gsm8k/main/test/0.parquet").hasMessageContaining("nanochat data download --dataset tasks");
    }

    @Test
    void aMissingColumnIsNamedWithFileAndRowGroup() throws IOException {
        data.put("arc-no-choices.parquet", "arc/ARC-Easy/test/0.parquet");
        assertThatThrownBy(() -> Arc.of(TaskFiles.ARC_EASY_TEST, data.base())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("ARC-Easy/test/0.parquet row group 0, row 0").hasMessageContaining("'choices'")
                .hasMessageContaining("id, question, answerKey");
        assertThat(folder.resolve("task_data/arc/ARC-Easy/test/unpacked/0.jsonl")).doesNotExist();
    }

    @Test
    void aWrongRowIsNamedWithItsRowGroup() throws IOException {
        data.put("arc-wrong-key.parquet", "arc/ARC-Easy/test/0.parquet");
        assertThatThrownBy(() -> Arc.of(TaskFiles.ARC_EASY_TEST, data.base())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("0.parquet row group 1, row 0").hasMessageContaining("'D', which is none of [1, 2, 3, 4]");
    }

    @Test
    void anEmptySplitIsAnError() throws IOException {
        data.put("arc-empty.parquet", "arc/ARC-Easy/test/0.parquet");
        assertThatThrownBy(() -> Arc.of(TaskFiles.ARC_EASY_TEST, data.base())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("no row").hasMessageContaining("ARC-Easy/test/0.parquet");
        Files.createFile(data.place("gsm8k/main/test/0.jsonl"));
        assertThatThrownBy(() -> Gsm8k.of(TaskFiles.GSM8K_TEST, data.base())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("no row");
    }

    @Test
    void aDamagedFileIsNamed() throws IOException {
        Path parquet = data.put("gsm8k.parquet", "gsm8k/main/test/0.parquet");
        byte[] bytes = Files.readAllBytes(parquet);
        Files.write(parquet, Arrays.copyOf(bytes, bytes.length - 20));
        assertThatThrownBy(() -> Gsm8k.of(TaskFiles.GSM8K_TEST, data.base())).isInstanceOf(BadInputException.class)
                .hasMessageContaining("gsm8k/main/test/0.parquet").hasMessageContaining("damaged");
    }

    @Test
    void aWrongLineIsNamedWithItsNumber() throws IOException {
        Path lines = data.place("gsm8k/main/test/0.jsonl");
        String right = "{\"question\":\"Q\",\"answer\":\"#### 1\"}\n\n";
        for (String wrong : List.of("{\"question\":\"Q\",\"answer\":\"1\"}", "{\"question\":7,\"answer\":\"#### 1\"}",
                "{\"question\":\"Q\",\"answer\":null}", "{\"question\":\"Q\"}", "[]", "{")) {
            Files.writeString(lines, right + wrong);
            assertThatThrownBy(() -> Gsm8k.of(TaskFiles.GSM8K_TEST, data.base())).as(wrong).isInstanceOf(BadInputException.class)
                    .hasMessageContaining("0.jsonl line 3: ");
        }
    }

    @Test
    void aMixtureHasATaskAsOftenAsItSays() throws IOException {
        data.putAll();
        TrainingTasks tasks = TrainingTasks.of(List.of("smoltalk", "mmlu:3", "gsm8k:4", "arc_easy", "arc_challenge"), data.base(), 1);
        assertThat(tasks.training().size()).isEqualTo(30 + 3 * 12 + 4 * 5 + 4 + 4);
        assertThat(tasks.validation().size()).isEqualTo(30 + 12 + 5 + 4 + 4);
        List<Conversation> expected = all(Mmlu.of(TaskFiles.MMLU_AUXILIARY_TRAIN, data.base()));
        assertThat(all(tasks.training()).stream().filter(expected::contains)).hasSize(36);
    }

    @Test
    void unknownNamesAndZeroTimesAreErrors() {
        assertThatThrownBy(() -> TrainingTasks.of(List.of("smaltalk"), data.base(), 1)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("smaltalk").hasMessageContaining(TrainingTasks.DATASETS);
        assertThatThrownBy(() -> TrainingTasks.of(List.of("builtin:0"), data.base(), 1)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("builtin:0");
        assertThatThrownBy(() -> TrainingTasks.of(List.of("gsm8k"), data.base(), 1)).isInstanceOf(BadInputException.class)
                .hasMessageContaining("nanochat data download --dataset tasks");
    }
}
