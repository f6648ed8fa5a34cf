package nanochat.eval;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
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
import nanochat.task.CategoricalTask;
import nanochat.task.Dialogues;
import nanochat.task.GenerativeTask;
import nanochat.task.GradedTask;
import nanochat.task.MultipleChoice;
import nanochat.tokenizer.SpecialToken;
import nanochat.tokenizer.Tokenizer;

/// Asks a chat model the questions of tasks and marks its replies.
public final class ChatEvaluation {
    /// How many replies to a question at most.
    private static final int MOST_SAMPLES = 16;
    /// How many questions are in memory, and waiting to be marked.
    private static final int QUESTIONS_AT_ONCE = 64;

    private final Engine engine;
    private final Rendering rendering;
    private final Settings settings;
    private final Set<Integer> stops;

    /// How to ask.
    ///
    /// @param sampling how the replies are drawn
    /// @param seed of the draws
    /// @param mostQuestions of every task, its first ones
    /// @param samples replies to every question, where replies are drawn
    public record Settings(Sampling sampling, long seed, int mostQuestions, int samples) {
        public Settings {
            if (mostQuestions < 1) {
                throw new BadInputException("--max-problems must be at least 1, is " + mostQuestions);
            }
            if (samples < 1 || samples > MOST_SAMPLES) {
                throw new BadInputException("--samples must be 1 to " + MOST_SAMPLES + ", is " + samples);
            }
            if (samples > 1 && sampling.temperature() == 0) {
                throw new BadInputException("--samples " + samples + " needs a --temperature above 0: without it all replies are the same");
            }
        }

        /// With one reply to every question.
        public Settings(Sampling sampling, long seed, int mostQuestions) {
            this(sampling, seed, mostQuestions, 1);
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
        return measure(tasks, () -> {});
    }

    /// The same.
    ///
    /// @param afterEachReply called now and then; what it throws ends the evaluation
    public ChatScores measure(List<GradedTask> tasks, Runnable afterEachReply) {
        ChatScores scores = new ChatScores();
        for (GradedTask task : tasks) {
            scores.put(task, switch (task) {
                case GenerativeTask generative -> measure(generative, afterEachReply);
                case CategoricalTask categorical -> measure(categorical);
                case Dialogues dialogues -> new DialogueEvaluation(engine, rendering, settings, stops).measure(dialogues,
                        afterEachReply);
            });
        }
        return scores;
    }

    private ChatScores.Score measure(GenerativeTask task, Runnable afterEachReply) {
        int n = Math.min(task.size(), settings.mostQuestions());
        int[] right = new int[n];
        try (Progress progress = Progress.of(task.name(), n, "questions")) {
            for (int from = 0; from < n; from += QUESTIONS_AT_ONCE) {
                int count = Math.min(QUESTIONS_AT_ONCE, n - from);
                List<List<Message.Assistant>> replies = replies(task, from, count, () -> {
                    progress.advance(1);
                    afterEachReply.run();
                });
                int first = from;
                // HumanEval waits for the programs that it runs
                IntStream.range(0, count).parallel().forEach(i -> right[first + i] = (int) replies.get(i).stream()
                        .filter(reply -> task.isRight(first + i, reply)).count());
                progress.advance(0, IntStream.of(right).sum() + " right");
            }
        }
        return ChatScores.Score.of(right, settings.samples());
    }

    /// What the model says to each of some questions, all of them at once. Nothing to one that fills its context.
    private List<List<Message.Assistant>> replies(GenerativeTask task, int from, int count, Runnable afterEach) {
        List<List<Message.Assistant>> replies = new ArrayList<>();
        List<int[]> prompts = new ArrayList<>();
        List<Integer> asked = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            replies.add(List.of());
            int[] prompt = rendering.completionPrompt(task.conversation(from + i));
            if (prompt.length < engine.maximumLength()) {
                prompts.add(prompt);
                asked.add(i);
            } else {
                afterEach.run();
            }
        }
        // draws differ from group to group
        Generation request = new Generation(task.longestReply(), settings.sampling(), settings.seed() + from, stops);
        List<List<Sample>> answers = engine.generateAll(prompts, settings.samples(), request, afterEach);
        for (int i = 0; i < answers.size(); i++) {
            replies.set(asked.get(i), answers.get(i).stream().map(sample -> rendering.reply(sample.tokens())).toList());
        }
        return replies;
    }

    /// The likeliest of a question's letters is the answer; that the model might rather say something else does not count.
    private ChatScores.Score measure(CategoricalTask task) {
        int n = Math.min(task.size(), settings.mostQuestions());
        int right = 0;
        try (SequenceScorer scorer = new SequenceScorer(engine.gpt()); Progress progress = Progress.of(task.name(), n, "questions")) {
            for (int from = 0; from < n; from += QUESTIONS_AT_ONCE) {
                List<MultipleChoice> questions = IntStream.range(from, Math.min(from + QUESTIONS_AT_ONCE, n)).mapToObj(task::question)
                        .toList();
                List<float[]> logits = scorer.logits(questions.stream().map(question -> choice(question, scorer.maximumLength())).toList());
                for (int i = 0; i < questions.size(); i++) {
                    MultipleChoice question = questions.get(i);
                    right += question.letters().get(likeliest(logits.get(i))).equals(question.correct()) ? 1 : 0;
                }
                progress.advance(questions.size(), right + " right");
            }
        }
        return new ChatScores.Score(right, n);
    }

    /// Of a question longer than the context its end.
    private SequenceScorer.Choice choice(MultipleChoice question, int longest) {
        int[] prompt = rendering.completionPrompt(question.conversation());
        int[] seen = Arrays.copyOfRange(prompt, Math.max(0, prompt.length - longest), prompt.length);
        return new SequenceScorer.Choice(seen, question.letters().stream().mapToInt(this::token).toArray());
    }

    private int token(String letter) {
        int[] tokens = rendering.tokenizer().encode(letter);
        if (tokens.length != 1) {
            throw new BadInputException("The choice '" + letter + "' is " + tokens.length
                    + " tokens; only a letter of one token can be chosen");
        }
        return tokens[0];
    }

    /// Of equal ones the first.
    private static int likeliest(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
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
