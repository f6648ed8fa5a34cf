package nanochat.task;

import nanochat.data.download.TaskFiles;
import nanochat.io.BaseDirectory;

/// ARC, science questions of American schools: ARC-Easy, and ARC-Challenge with those that simple methods fail on. Most have four choices,
/// some three or five; a few call them 1 to 4.
///
/// https://huggingface.co/datasets/allenai/ai2_arc: `question`, `choices` (lists `text` and `label`), `answerKey` (one of the labels).
///
/// @param name of the set
public record Arc(String name, DatasetRows<MultipleChoice> rows) implements CategoricalTask {
    /// @param files one of ARC_EASY_... or ARC_CHALLENGE_...
    public static Arc of(TaskFiles files, BaseDirectory base) {
        return new Arc(files.config(), new DatasetRows<>(files.label(), files.files(base), Arc::read));
    }

    static MultipleChoice read(DatasetRow row) {
        DatasetRow choices = row.group("choices");
        return new MultipleChoice(row.text("question"), choices.texts("text"), choices.texts("label"), row.text("answerKey"));
    }
}
