package nanochat.task;

import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.data.download.TaskFiles;
import nanochat.io.BaseDirectory;

/// HumanEval, 164 Python functions to write.
///
/// https://huggingface.co/datasets/openai/openai_humaneval: `prompt`, `canonical_solution`, `test`, `entry_point`.
///
/// @param python runs the programs, to see which are right
public record HumanEval(DatasetRows<ProgrammingProblem> rows, ProgramRunner python) implements GenerativeTask {
    private static final int LONGEST_REPLY = 512;

    /// @param files HUMANEVAL_TEST
    public static HumanEval of(TaskFiles files, BaseDirectory base, ProgramRunner python) {
        return new HumanEval(new DatasetRows<>(files.label(), files.files(base), HumanEval::read), python);
    }

    static ProgrammingProblem read(DatasetRow row) {
        return new ProgrammingProblem(row.text("prompt"), row.text("canonical_solution"), row.text("test"), row.text("entry_point"));
    }

    /// Problem `index`.
    public ProgrammingProblem problem(int index) {
        return rows.row(index);
    }

    @Override
    public String name() {
        return "HumanEval";
    }

    @Override
    public boolean isRight(int index, Message.Assistant reply) {
        return python.succeeds(problem(index).program(reply.text()));
    }

    @Override
    public int longestReply() {
        return LONGEST_REPLY;
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
