package nanochat.task;

import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.data.download.TaskFiles;
import nanochat.io.BaseDirectory;

/// GSM8K, arithmetic of grade schools in words.
///
/// https://huggingface.co/datasets/openai/gsm8k: `question`, `answer`, see [MathProblem].
public record Gsm8k(DatasetRows<MathProblem> rows) implements GenerativeTask {
    private static final int LONGEST_REPLY = 512;

    /// @param files GSM8K_TRAIN or GSM8K_TEST
    public static Gsm8k of(TaskFiles files, BaseDirectory base) {
        return new Gsm8k(new DatasetRows<>(files.label(), files.files(base), Gsm8k::read));
    }

    static MathProblem read(DatasetRow row) {
        return new MathProblem(row.text("question"), row.text("answer"));
    }

    @Override
    public String name() {
        return "GSM8K";
    }

    @Override
    public boolean isRight(int index, Message.Assistant reply) {
        return rows.row(index).isSolvedBy(reply.text());
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
        return rows.row(index).conversation();
    }

    @Override
    public String fingerprint() {
        return rows.fingerprint();
    }
}
