package nanochat.eval;

import java.util.List;
import java.util.Set;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Rendering;
import nanochat.engine.ColumnListener;
import nanochat.engine.Engine;
import nanochat.engine.Generation;
import nanochat.engine.Sample;
import nanochat.engine.Sampling;
import nanochat.io.BadInputException;
import nanochat.io.Progress;
import nanochat.task.GenerativeTask;
import nanochat.task.GradedTask;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// Asks a chat model the questions of tasks and marks its replies.
public final class ChatEvaluation {
    private final Engine engine;
    private final Rendering rendering;
    private final Settings settings;
    private final Set<Integer> stops;

    /// How to ask.
    ///
    /// @param sampling how the replies are drawn
    /// @param seed of the draws
    /// @param mostQuestions of every task, its first ones
    public record Settings(Sampling sampling, long seed, int mostQuestions) {
        public Settings {
            if (mostQuestions < 1) {
                throw new BadInputException("--max-problems must be at least 1, is " + mostQuestions);
            }
        }
    }

    /// @param engine with the calculator and `tokenizer`
    public ChatEvaluation(Engine engine, Tokenizer tokenizer, Settings settings) {
        this.engine = engine;
        this.settings = settings;
        rendering = new Rendering(tokenizer);
        stops = Set.of(tokenizer.id(SpecialToken.ASSISTANT_END), tokenizer.id(SpecialToken.BOS));
    }

    /// Measures the model by each of the tasks, with a progress line.
    public ChatScores measure(List<GradedTask> tasks) {
        ChatScores scores = new ChatScores();
        for (GradedTask task : tasks) {
            scores.put(task.name(), switch (task) {
                case GenerativeTask generative -> measure(generative);
            });
        }
        return scores;
    }

    private ChatScores.Score measure(GenerativeTask task) {
        int n = Math.min(task.size(), settings.mostQuestions());
        int right = 0;
        try (Progress progress = Progress.of(task.name(), n, "questions")) {
            for (int i = 0; i < n; i++) {
                right += task.isRight(i, reply(task.conversation(i), task.longestReply())) ? 1 : 0;
                progress.advance(1, right + " right");
            }
        }
        return new ChatScores.Score(right, n);
    }

    /// What the model says where the last message of a conversation stands. Nothing where the conversation fills the model's context.
    public Message.Assistant reply(Conversation conversation, int longest) {
        int[] prompt = rendering.completionPrompt(conversation);
        if (prompt.length >= engine.maximumLength()) {
            return new Message.Assistant();
        }
        Generation request = new Generation(longest, settings.sampling(), settings.seed(), stops);
        Sample sample = engine.generate(prompt, 1, request, ColumnListener.NONE).getFirst();
        return rendering.reply(sample.tokens());
    }
}
