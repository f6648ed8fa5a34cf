package nanochat.task;

import java.util.List;
import nanochat.data.download.TaskFiles;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;

/// MMLU, exam questions of 57 subjects with four choices each; `auxiliary_train` has 100,000 of other exams to train on.
///
/// https://huggingface.co/datasets/cais/mmlu: `question`, `choices` (four texts), `answer` (0 to 3), `subject`. Some versions of
/// auxiliary_train have these in a group `train`.
public record Mmlu(DatasetRows<MultipleChoice> rows) implements CategoricalTask {
    private static final List<String> LETTERS = List.of("A", "B", "C", "D");

    /// @param files MMLU_AUXILIARY_TRAIN, MMLU_VALIDATION or MMLU_TEST
    public static Mmlu of(TaskFiles files, BaseDirectory base) {
        return new Mmlu(new DatasetRows<>(files.label(), files.files(base), Mmlu::read));
    }

    @Override
    public String name() {
        return "MMLU";
    }

    static MultipleChoice read(DatasetRow row) {
        if (!row.has("question") && row.has("train")) {
            return read(row.group("train"));
        }
        int answer = row.integer("answer");
        if (answer < 0 || answer >= LETTERS.size()) {
            throw new BadInputException("the column 'answer' is " + answer + ", not 0 to " + (LETTERS.size() - 1));
        }
        return new MultipleChoice(row.text("question"), row.texts("choices"), LETTERS, LETTERS.get(answer));
    }
}
