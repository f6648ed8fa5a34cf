package nanochat.task;

import nanochat.conversation.Conversation;
import nanochat.data.download.TaskFiles;
import nanochat.io.BaseDirectory;

/// HumanEval, 164 Python functions to write.
///
/// https://huggingface.co/datasets/openai/openai_humaneval: `prompt`, `canonical_solution`, `test`, `entry_point`.
public record HumanEval(DatasetRows<ProgrammingProblem> rows) implements Task {
    /// @param files HUMANEVAL_TEST
    public static HumanEval of(TaskFiles files, BaseDirectory base) {
        return new HumanEval(new DatasetRows<>(files.label(), files.files(base), HumanEval::read));
    }

    static ProgrammingProblem read(DatasetRow row) {
        return new ProgrammingProblem(row.text("prompt"), row.text("canonical_solution"), row.text("test"), row.text("entry_point"));
    }

    /// Problem `index`.
    public ProgrammingProblem problem(int index) {
        return rows.row(index);
    }

    @Override
    public int size() {
        return rows.size();
    }

    @Override
    public Conversation conversation(int index) {
        return problem(index).conversation();
    }

    @Override
    public String fingerprint() {
        return rows.fingerprint();
    }
}
