package nanochat.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import nanochat.chat.ChatSession;
import nanochat.chat.ChatSettings;
import nanochat.chat.terminal.PipedChat;
import nanochat.chat.terminal.TerminalChat;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.Sampling;
import nanochat.engine.WarmUp;
import nanochat.engine.WeightFormat;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.Terminal;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `nanochat chat`.
@Command(name = "chat", description = "Talk to a model. Without a terminal, every line of standard input is a message.")
public final class ChatCommand implements Runnable {
    private static final String HISTORY_FILE = "chat_history";
    private static final String STANDARD_INPUT = "-";

    @Option(names = "--source", paramLabel = "STAGE", description = "Stage of the model: ${COMPLETION-CANDIDATES}; by default the last of these that has a model.")
    private Optional<ModelStage> source = Optional.empty();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private AdapterOption adapter = new AdapterOption();

    @Option(names = {"-p",
        "--prompt"}, paramLabel = "TEXT", description = "Answer this and exit; - takes all of standard input as one message.")
    private Optional<String> prompt = Optional.empty();

    @Option(names = "--system", paramLabel = "TEXT", description = "What the model reads before the conversation.")
    private Optional<String> system = Optional.empty();

    @Option(names = "--temperature", defaultValue = "0.6", paramLabel = "T", description = "How freely words are drawn; 0: always the likeliest.")
    private double temperature;

    @Option(names = "--top-k", defaultValue = "50", paramLabel = "K", description = "Draw only from the K likeliest tokens; 0: from all.")
    private int topK;

    @Option(names = "--top-p", defaultValue = "1", paramLabel = "P", description = "Draw only from the likeliest tokens that together have probability P; 1: from all.")
    private double topP;

    @Option(names = "--min-p", defaultValue = "0", paramLabel = "P", description = "Draw only from tokens at least P times as likely as the likeliest; 0: from all.")
    private double minP;

    @Option(names = "--max-tokens", defaultValue = "512", paramLabel = "N", description = "Cut an answer off after N tokens.")
    private int maximumTokens;

    @Option(names = "--seed", defaultValue = "42", paramLabel = "N", description = "Decides the draws: the same conversation gives the same answers.")
    private long seed;

    @Option(names = "--weights", defaultValue = "bf16", paramLabel = "FORMAT", description = "Format of the model's matrices in memory: ${COMPLETION-CANDIDATES}.")
    private WeightFormat weights = WeightFormat.BF16;

    @Mixin
    private DraftOptions drafting = new DraftOptions();

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Override
    public void run() {
        boolean interactive = prompt.isEmpty() && Terminal.isInteractive();
        boolean waits = weights != WeightFormat.BF16;
        Thread warmUp = WarmUp.start(weights, interactive || waits);
        ChatSettings settings = new ChatSettings(new Sampling(temperature, topK, topP, minP), seed, maximumTokens);
        BaseDirectory base = BaseDirectory.fromEnvironment();
        ModelChoice choice = adapter.or(model, source, () -> source.map(model::of).orElseGet(model::ofLastStage));
        EngineOptions options = drafting.of(EngineOptions.of(weights, threads.count()).withRows(1), choice);
        try (Engine engine = Engine.loadPacked(choice.checkpoints(), choice.step(), options, ChatCommand::tell);
                ChatSession session = new ChatSession(engine, engine.tokenizer(), choice.stage().takesTurns(), settings)) {
            drafting.applyTo(engine);
            session.setSystemMessage(system);
            if (waits) {
                join(warmUp);
            }
            if (interactive) {
                TerminalChat.run(choice, Terminal.hasColours(), base.root().resolve(HISTORY_FILE), session);
            } else {
                converse(new PipedChat(session, System.out, System.err));
            }
        }
    }

    private void converse(PipedChat chat) {
        if (prompt.isPresent()) {
            chat.answer(prompt.get().equals(STANDARD_INPUT) ? standardInput() : prompt.get());
        } else {
            chat.answerLines(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
        }
    }

    private static void tell(String notice) {
        System.err.println(notice);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static String standardInput() {
        try {
            return new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new BadInputException("Cannot read standard input: " + e.getMessage(), e);
        }
    }
}
