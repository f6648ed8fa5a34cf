package nanochat.chat.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.ModelProvider;
import dev.langchain4j.model.chat.Capability;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import nanochat.engine.Engine;
import nanochat.engine.Sample;
import nanochat.engine.SharedBatch;
import nanochat.io.BadInputException;
import nanochat.tokenizer.Tokenizer;

/// A fine-tuned model in the same process, as LangChain4j asks for one: whole answers and streams, from any number of threads.
///
///     try (Engine engine = Engine.load(checkpoints, checkpoints.lastStep(), options.withRows(4));
///             EngineChatModel model = new EngineChatModel(engine, 4, ChatRequestParameters.builder().temperature(0.6).build())) {
///         System.out.println(model.chat("What is 12 * 7?"));
///     }
///
/// It uses its calculator by itself. What it called and what came of it stand in the attribute [#PARTS] of its message, and are read again when the
/// message comes back. LangChain4j's own tools, answers by a JSON schema, penalties and names of models are refused with
/// `UnsupportedFeatureException`, other bad requests with `InvalidRequestException`.
///
/// What was read and answered stays in the engine's cache as long as nobody needs the memory, so the next turn of a conversation reads only what is new:
/// [EngineTokenUsage] says how much it need not read. That makes answers sooner, which whoever may ask can notice: who must not learn what others asked
/// needs an engine of their own.
public final class EngineChatModel implements ChatModel, StreamingChatModel, AutoCloseable {
    /// The attribute of an answer in which the calculator was used: a list of maps with a `type` (`text`, `python`, `python_output`) and a `text`.
    public static final String PARTS = "nanochat.parts";

    /// Tokens of prompts that are read beside every token of the answers under way.
    private static final int PROMPT_TOKENS_PER_STEP = 256;

    /// All of a program's requests may share what they read: it is the program that asks.
    private static final Optional<String> SCOPE = Optional.of("langchain4j");

    private final Engine engine;
    private final Tokenizer tokenizer;
    private final SharedBatch batch;
    private final ChatRequestParameters defaults;

    /// @param engine this model's alone until it is closed; stays open
    /// @param rows answers that are made at once; more of them wait
    /// @param defaults for requests that do not say
    public EngineChatModel(Engine engine, int rows, ChatRequestParameters defaults) {
        this.engine = engine;
        this.tokenizer = engine.tokenizer();
        this.batch = new SharedBatch(engine, rows, PROMPT_TOKENS_PER_STEP);
        this.defaults = DefaultChatRequestParameters.EMPTY.overrideWith(defaults);
    }

    /// With temperature 1 and as long answers as the context has room for.
    public EngineChatModel(Engine engine, int rows) {
        this(engine, rows, DefaultChatRequestParameters.EMPTY);
    }

    /// Answers a request whose parameters are complete; [#chat(ChatRequest)] is for everybody.
    @Override
    public ChatResponse doChat(ChatRequest request) {
        ChatOrder order = order(request);
        return generate(order, new AnswerInProgress(order, tokenizer, _ -> {}));
    }

    /// Answers a request whose parameters are complete, on a thread of its own; [#chat(ChatRequest, StreamingChatResponseHandler)] is for everybody.
    ///
    /// @param handler called on one other thread; the answer does not wait for it. After it has cancelled the stream it hears no more
    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
        ChatOrder order = order(request);
        Thread.ofVirtual().name("langchain4j").start(() -> stream(order, handler));
    }

    private ChatOrder order(ChatRequest request) {
        ChatOrder order = ChatOrder.of(request, tokenizer, batch.maximumLength());
        try {
            batch.check(order.prompt(), 1, order.generation());
            return order;
        } catch (BadInputException refused) {
            throw new InvalidRequestException(refused.getMessage(), refused);
        }
    }

    private ChatResponse generate(ChatOrder order, AnswerInProgress answer) {
        List<Sample> samples = batch.generate(order.prompt(), 1, 0, order.generation(), SCOPE, answer);
        if (samples.isEmpty() || samples.getFirst().end() == Sample.End.CANCELLED && !answer.isCancelled()) {
            throw new IllegalStateException("the model was closed before the answer was complete");
        }
        AiMessage message = answer.end(samples.getFirst().end());
        return ChatResponse.builder().aiMessage(message)
                .tokenUsage(new EngineTokenUsage(order.prompt().length, answer.tokens(), answer.reusedTokens()))
                .finishReason(answer.isStopped() || samples.getFirst().end() == Sample.End.STOPPED
                        ? FinishReason.STOP
                        : FinishReason.LENGTH)
                .build();
    }

    /// What a stream's handler is to hear next.
    private sealed interface Event {
        record Piece(String text) implements Event {}

        record Complete(ChatResponse response) implements Event {}

        record Failed(Throwable failure) implements Event {}
    }

    private void stream(ChatOrder order, StreamingChatResponseHandler handler) {
        BlockingQueue<Event> events = new LinkedBlockingQueue<>(); // as many as the context has tokens at most
        AnswerInProgress answer = new AnswerInProgress(order, tokenizer, piece -> events.add(new Event.Piece(piece)));
        Thread.ofVirtual().name("langchain4j-answer").start(() -> {
            try {
                events.add(new Event.Complete(generate(order, answer)));
            } catch (RuntimeException failure) {
                events.add(new Event.Failed(failure));
            }
        });
        PartialResponseContext context = new PartialResponseContext(answer);
        try {
            while (!answer.isCancelled()) {
                switch (events.take()) {
                    case Event.Piece(String text) -> handler.onPartialResponse(new PartialResponse(text), context);
                    case Event.Complete(ChatResponse response) -> {
                        handler.onCompleteResponse(response);
                        return;
                    }
                    case Event.Failed(Throwable failure) -> {
                        handler.onError(failure);
                        return;
                    }
                }
            }
        } catch (RuntimeException | InterruptedException thrown) { // by the handler
            answer.cancel();
            handler.onError(thrown);
        }
    }

    @Override
    public ChatRequestParameters defaultRequestParameters() {
        return defaults;
    }

    @Override
    public List<ChatModelListener> listeners() {
        return List.of();
    }

    @Override
    public ModelProvider provider() {
        return ModelProvider.OTHER;
    }

    @Override
    public Set<Capability> supportedCapabilities() {
        return Set.of();
    }

    /// Ends what is under way with an error, and forgets what was read.
    @Override
    public void close() {
        batch.close();
        engine.forgetKept();
    }
}
