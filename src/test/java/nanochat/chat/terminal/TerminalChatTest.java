package nanochat.chat.terminal;

import static nanochat.tokenizer.SpecialToken.ASSISTANT_END;
import static nanochat.tokenizer.SpecialToken.ASSISTANT_START;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import nanochat.chat.ChatSession;
import nanochat.chat.ChatSettings;
import nanochat.chat.TestModels;
import nanochat.checkpoint.ModelChoice;
import nanochat.checkpoint.ModelStage;
import nanochat.conversation.ConversationFile;
import nanochat.conversation.Message.Assistant;
import nanochat.conversation.Message.SystemPrompt;
import nanochat.conversation.Message.User;
import nanochat.engine.Engine;
import nanochat.engine.EngineOptions;
import nanochat.engine.Sampling;
import nanochat.engine.WeightFormat;
import nanochat.io.BaseDirectory;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Keys in, screen out: a terminal in memory, with the line discipline of a real one (Ctrl-C is a signal there). The oracle is what a user
/// should read, and what was said to the model.
class TerminalChatTest {
    private static final String CTRL_C = "\u0003";
    private static final String CTRL_D = "\u0004";
    private static final String ALT_ENTER = "\u001B\r";
    private static final TestModels.Script HELLO = new TestModels.Script().chain(ASSISTANT_START, "Helo!", ASSISTANT_END);
    private static final TestModels.Script ENDLESS = new TestModels.Script().chain(ASSISTANT_START, "aba");

    @TempDir
    Path base;

    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();
    private final PipedOutputStream keys = new PipedOutputStream();
    private int read;
    private Optional<Engine> model = Optional.empty();
    private Optional<ChatSession> session = Optional.empty();
    private CompletableFuture<Void> chat = CompletableFuture.completedFuture(null);

    @AfterEach
    void leave() throws IOException {
        keys.close();
        chat.join();
        session.ifPresent(ChatSession::close);
        model.ifPresent(Engine::close);
    }

    /// Starts to talk to a scripted model, and waits for the prompt.
    private void start(int context, TestModels.Script script) throws Exception {
        BaseDirectory directory = new BaseDirectory(base);
        TestModels.saveScripted(ModelStage.SFT.models(directory), "scripted", context, script);
        ModelChoice choice = ModelChoice.ofLastStage(directory, Optional.empty(), Optional.empty());
        Engine engine = Engine.load(choice.checkpoints(), choice.step(), EngineOptions.of(WeightFormat.F32, 1));
        model = Optional.of(engine);
        session = Optional.of(new ChatSession(engine, engine.tokenizer(), true, new ChatSettings(Sampling.GREEDY, 1, 100_000)));
        Terminal terminal = new ExternalTerminal("test", "xterm", new PipedInputStream(keys, 1 << 16), screen, StandardCharsets.UTF_8);
        terminal.setSize(Size.of(80, 24));
        TerminalChat talk = new TerminalChat(terminal, false, base.resolve("history"), session.get());
        Thread tester = Thread.currentThread();
        chat = CompletableFuture.runAsync(() -> {
            talk.greet(choice);
            talk.run();
            session().handOverTo(tester);
        }, task -> {
            Thread talking = Thread.ofPlatform().daemon().unstarted(task);
            session().handOverTo(talking);
            talking.start();
        });
        awaitScreen("> ");
    }

    private ChatSession session() {
        return session.orElseThrow();
    }

    private void type(String text) throws IOException {
        keys.write(text.getBytes(StandardCharsets.UTF_8));
        keys.flush();
    }

    private void typeLine(String text) throws IOException {
        type(text + "\r");
    }

    /// Waits until `text` has appeared after what was last waited for, and returns all that appeared up to there.
    private String awaitScreen(String text) throws Exception {
        while (true) {
            String all = screen.toString(StandardCharsets.UTF_8).replaceAll("\u001B\\[[0-9;?]*[a-zA-Z]|\u001B[=>]|\r", "");
            int found = all.indexOf(text, read);
            if (found >= 0) {
                String seen = all.substring(read, found + text.length());
                read = found + text.length();
                return seen;
            }
            try {
                chat.get(10, TimeUnit.MILLISECONDS);
                throw new AssertionError("the chat has ended without '" + text + "' in: " + all.substring(read));
            } catch (TimeoutException stillTalking) {
                // look again
            }
        }
    }

    /// Waits for a whole answer, and the prompt after it.
    private String awaitAnswer() throws Exception {
        return awaitScreen("Helo!\n5 tokens") + awaitScreen("\n> ");
    }

    @Test
    void aMessageIsAnsweredAndTheSpeedIsBelow() throws Exception {
        start(200, HELLO);
        assertThat(screen.toString(StandardCharsets.UTF_8)).contains("scripted (fine-tuning, step 7)");
        typeLine("Hi there");
        awaitAnswer();
        assertThat(session().conversation().messages()).containsExactly(new User("Hi there"), new Assistant("Helo!"));
        type(CTRL_D);
        chat.join();
    }

    @Test
    void aMessageMayHaveManyLines() throws Exception {
        start(400, HELLO);
        typeLine("one\\");
        typeLine("two");
        awaitAnswer();
        type("three" + ALT_ENTER + "four\r");
        awaitAnswer();
        typeLine("\"\"\"");
        typeLine("  five! !! \\n");
        typeLine("\"\"\"");
        awaitAnswer();
        assertThat(session().conversation().messages()).filteredOn(User.class::isInstance).containsExactly(new User("one\ntwo"),
                new User("three\nfour"), new User("five! !! \\n"));
    }

    @Test
    void ctrlCStopsTheAnswerAndNotTheProgram() throws Exception {
        start(50_000, ENDLESS);
        typeLine("Go");
        awaitScreen("ababab");
        type(CTRL_C);
        awaitScreen("stopped after ");
        awaitScreen("> ");
        assertThat(session().conversation().messages()).hasSize(2);
        typeLine("/clear");
        awaitScreen("A new conversation.");
        typeLine("Go on");
        awaitScreen("abab");
        type(CTRL_C);
        awaitScreen("stopped after ");
        assertThat(session().conversation().messages().getFirst()).isEqualTo(new User("Go on"));
    }

    @Test
    void ctrlCAtThePromptSaysHowToLeaveTheSecondTime() throws Exception {
        start(200, HELLO);
        type("not sent" + CTRL_C);
        assertThat(awaitScreen("> ")).doesNotContain("leaves");
        type(CTRL_C);
        awaitScreen("Ctrl-D or /quit leaves.");
        typeLine("/quit");
        chat.join();
        assertThat(session().conversation().messages()).isEmpty();
    }

    @Test
    void anUnknownCommandNamesTheNearestAndALeadingSpaceMakesAMessage() throws Exception {
        start(200, HELLO);
        typeLine("/laod x");
        assertThat(awaitScreen("before it.")).contains("There is no command /laod. Did you mean /load?");
        typeLine("/clear all");
        awaitScreen("/clear takes nothing after it");
        typeLine(" /etc/hosts?");
        awaitAnswer();
        assertThat(session().conversation().messages().getFirst()).isEqualTo(new User("/etc/hosts?"));
        typeLine("/help");
        assertThat(awaitScreen("Ctrl-D leaves.")).contains("/temperature [T]", "Alt-Enter");
    }

    @Test
    void settingsAreShownAndChanged() throws Exception {
        start(200, HELLO);
        typeLine("/temperature");
        awaitScreen("The temperature is 0.");
        typeLine("/temperature 0.75");
        awaitScreen("The temperature is 0.75.");
        typeLine("/temperature warm");
        awaitScreen("'warm' is not a temperature");
        typeLine("/temperature -1");
        awaitScreen("the temperature must be 0 or more");
        assertThat(session().settings().sampling().temperature()).isEqualTo(0.75);
        typeLine("/system");
        awaitScreen("There is no system message.");
        typeLine("/system Be  brief.");
        awaitScreen("from now on.");
        assertThat(session().systemMessage()).contains("Be  brief.");
        typeLine("/system -");
        awaitScreen("removed.");
        assertThat(session().systemMessage()).isEmpty();
    }

    @Test
    void aConversationIsSavedAndGoesOnAnotherTime() throws Exception {
        start(300, HELLO);
        Path file = base.resolve("mine.jsonl");
        typeLine("/save " + file);
        awaitScreen("There is no conversation to save yet");
        session().setSystemMessage(Optional.of("Be brief."));
        typeLine("Hi");
        awaitAnswer();
        typeLine("/save " + file);
        awaitScreen("Saved as conversation 1 in");
        typeLine("/retry");
        awaitAnswer();
        typeLine("/save " + file);
        awaitScreen("Saved as conversation 2 in");
        typeLine("/clear");
        awaitScreen("A new conversation.");
        typeLine("/system -");
        awaitScreen("removed.");
        type("/load " + base.resolve("mi") + "\t\r");
        assertThat(awaitScreen("Helo!\n\n> ")).contains("The system message: Be brief.", "\n> Hi\n");
        assertThat(session().conversation()).isEqualTo(new ConversationFile(file).conversation(1));
        assertThat(session().conversation().messages()).containsExactly(new SystemPrompt("Be brief."), new User("Hi"),
                new Assistant("Helo!"));
    }

    @Test
    void aBadFileLosesNothing() throws Exception {
        start(300, HELLO);
        typeLine("Hi");
        awaitAnswer();
        Path notes = Files.writeString(base.resolve("notes.txt"), "dear diary\n");
        typeLine("/load " + notes);
        awaitScreen("notes.txt line 1: not valid JSON");
        typeLine("/save " + notes);
        awaitScreen("notes.txt line 1: not valid JSON");
        typeLine("/load " + base.resolve("nothing"));
        awaitScreen("There is no file");
        typeLine("/load");
        awaitScreen("/load needs the name of a file");
        assertThat(notes).hasContent("dear diary");
        assertThat(session().conversation().messages()).hasSize(2);
    }

    @Test
    void anOpenQuestionOfALoadedConversationIsAnswered() throws Exception {
        start(300, HELLO);
        Path file = Files.writeString(base.resolve("open.jsonl"), "[{\"role\":\"user\",\"content\":\"Well?\"}]");
        typeLine("/load " + file);
        awaitScreen("> Well?\n");
        awaitAnswer();
        assertThat(session().conversation().messages()).containsExactly(new User("Well?"), new Assistant("Helo!"));
    }

    @Test
    void aMessageThatIsTooLongIsRefusedAndTheOldestTurnsAreForgottenAloud() throws Exception {
        start(64, HELLO);
        typeLine("x".repeat(60));
        awaitScreen("The message is too long: 64 tokens");
        for (int turn = 0; turn < 2; turn++) {
            typeLine("0123456789");
            awaitAnswer();
        }
        typeLine("0123456789");
        awaitScreen("no longer reads the oldest turn.\nHelo!");
    }

    @Test
    void whatWasTypedIsRememberedAndCompleted() throws Exception {
        start(300, HELLO);
        typeLine("Hi");
        awaitAnswer();
        type("\u001BOA\r");
        awaitAnswer();
        type("/qu\t\r");
        chat.join();
        assertThat(session().conversation().messages()).filteredOn(User.class::isInstance).containsExactly(new User("Hi"), new User("Hi"));
        assertThat(base.resolve("history")).content().contains("Hi", "/quit");
    }
}
