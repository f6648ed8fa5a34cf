package nanochat.chat;

import java.util.List;
import java.util.Optional;
import nanochat.conversation.Conversation;
import nanochat.conversation.Message;
import nanochat.conversation.Rendering;
import nanochat.engine.ColumnListener;
import nanochat.engine.Generation;
import nanochat.engine.Generator;
import nanochat.engine.Sample;
import nanochat.engine.Sequence;
import nanochat.io.BadInputException;
import nanochat.tokenizer.Tokenizer;

/// A conversation with a model. Each answer comes as [ChatEvent]s while it is made; of the conversation so far the model reads only what
/// it has not read yet.
///
/// A conversation longer than the context loses its oldest turns, whole, from what the model reads (never from [#conversation]), and the
/// listener is told. Text is text: whatever the user writes, no special token comes of it.
///
///     try (ChatSession session = new ChatSession(engine, engine.tokenizer(), true, settings)) {
///         Message.Assistant answer = session.reply("What is 12 * 7?", event -> {
///             if (event instanceof ChatEvent.Text(String chunk)) {
///                 System.out.print(chunk);
///             }
///         });
///     }
///
/// For the thread that made it ([#handOverTo]), but for [#cancel], which any may call. Sessions of several threads share an engine by a [nanochat.engine.SharedBatch];
/// then a listener is called on its thread.
public final class ChatSession implements AutoCloseable {
    private final Generator generator;
    private final Rendering rendering;
    private final boolean takesTurns;
    private final Sequence context;
    private ChatSettings settings;
    private Transcript transcript = Transcript.empty(Optional.empty());
    private long answers;
    private volatile boolean cancelled;

    /// @param generator which must have the tool of `tokenizer`
    /// @param takesTurns whether the model has learned to converse. One that has not goes on with each message as with the beginning of a
    ///     document, without the earlier ones
    public ChatSession(Generator generator, Tokenizer tokenizer, boolean takesTurns, ChatSettings settings) {
        this.generator = generator;
        this.rendering = new Rendering(tokenizer);
        this.takesTurns = takesTurns;
        this.settings = settings;
        this.context = generator.newContext();
    }

    /// Answers a message. A message before it that was never answered is replaced. Whatever ended the answer, what was said of it stays.
    ///
    /// @throws BadInputException when the message is blank, or longer than the context; then nothing has changed
    public Message.Assistant reply(String message, ChatListener listener) {
        if (message.isBlank()) {
            throw new BadInputException("There is no text in the message");
        }
        return answer(isLastUnanswered() ? transcript.withoutLastTurn() : transcript, message, listener);
    }

    /// Answers the last message again, or for the first time, with other draws; the answer it had is dropped.
    ///
    /// @throws BadInputException when there is no message; then nothing has changed
    public Message.Assistant retry(ChatListener listener) {
        if (transcript.turns().isEmpty()) {
            throw new BadInputException("There is nothing to answer yet");
        }
        return answer(transcript.withoutLastTurn(), transcript.turns().getLast().user(), listener);
    }

    /// Ends the answer under way after its next token; without effect where there is none.
    public void cancel() {
        cancelled = true;
    }

    /// Begins a new conversation with the same system message.
    public void clear() {
        transcript = Transcript.empty(transcript.system());
        generator.release(context);
    }

    /// Everything said so far, the system message included; the last message is the user's where the model has not said anything to it.
    public Conversation conversation() {
        return transcript.conversation();
    }

    /// Goes on with another conversation; [#retry] answers its last message where that is the user's.
    public void load(Conversation conversation) {
        transcript = Transcript.of(conversation, rendering);
    }

    public Optional<String> systemMessage() {
        return transcript.system();
    }

    /// Gives the model instructions, or none, from the next answer on.
    public void setSystemMessage(Optional<String> instructions) {
        transcript = transcript.withSystem(instructions);
    }

    public ChatSettings settings() {
        return settings;
    }

    /// Makes answers differently from the next one on.
    public void setSettings(ChatSettings changed) {
        settings = changed;
    }

    private boolean isLastUnanswered() {
        List<Transcript.Turn> turns = transcript.turns();
        return !turns.isEmpty() && turns.getLast().answer().isEmpty();
    }

    private Message.Assistant answer(Transcript before, String message, ChatListener listener) {
        Transcript read = fitting(before, message);
        int[] prompt = prompt(read, message);
        cancelled = false;
        if (takesTurns && read.forgotten() > before.forgotten()) {
            listener.accept(new ChatEvent.Forgotten(read.forgotten() - before.forgotten()));
        }
        Generation request = new Generation(settings.maximumTokens(), settings.sampling(), settings.seed() + answers,
                AnswerReader.stopTokens(rendering.tokenizer()));
        Timing timing = new Timing(prompt.length);
        AnswerReader reader = new AnswerReader(rendering.tokenizer(), listener);
        Sample sample = generator.generate(context, prompt, 1, request, column -> {
            timing.step(column);
            if (column.token(0) != ColumnListener.Column.ENDED) {
                reader.accept(column.token(0), column.sampled(0));
            }
            return !cancelled;
        }).getFirst();
        Answer answer = reader.end(sample.end() == Sample.End.STOPPED);
        boolean unsaid = sample.end() == Sample.End.CANCELLED && answer.tokens().length == 0;
        transcript = read.with(new Transcript.Turn(message, unsaid ? Optional.empty() : Optional.of(answer)));
        answers++;
        listener.accept(new ChatEvent.Ended(sample.end(), timing.speed(reader.length())));
        return answer.message();
    }

    private int[] prompt(Transcript read, String message) {
        return takesTurns ? read.prompt(message, rendering) : read.beginning(message, rendering.tokenizer());
    }

    /// Forgets so many of the oldest turns that the prompt leaves room for an answer.
    private Transcript fitting(Transcript before, String message) {
        int longest = generator.longestPrompt(settings.maximumTokens());
        Transcript read = takesTurns ? before : before.withForgotten(before.turns().size());
        int length = prompt(read, message).length;
        while (length > longest && read.forgotten() < read.turns().size()) {
            read = read.withForgotten(read.forgotten() + 1);
            length = prompt(read, message).length;
        }
        if (length > longest) {
            throw new BadInputException("The message is too long: " + length + " tokens"
                    + (read.system().isPresent() ? " with the system message" : "") + ", and this model can read " + longest
                    + ", with room left for an answer");
        }
        return read;
    }

    /// When what happened.
    private static final class Timing {
        private final int promptTokens;
        private final long start = System.nanoTime();
        private int reusedTokens;
        private long first;
        private boolean begun;

        Timing(int promptTokens) {
            this.promptTokens = promptTokens;
        }

        /// As long as there is no token, the first one is yet to come.
        void step(ColumnListener.Column column) {
            if (!begun) {
                reusedTokens = column.reusedTokens();
                begun = column.token(0) != ColumnListener.Column.ENDED;
                first = System.nanoTime();
            }
        }

        Speed speed(int tokens) {
            return new Speed(promptTokens, reusedTokens, (first - start) * 1e-9, tokens, (System.nanoTime() - start) * 1e-9);
        }
    }

    /// From now on the session is that thread's. Where several share an engine, nobody need hand anything over.
    public void handOverTo(Thread next) {
        context.handOverTo(next);
    }

    /// Gives the conversation's memory back to the engine.
    @Override
    public void close() {
        generator.release(context);
    }
}
