package nanochat.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import nanochat.checkpoint.CheckpointDirectory;
import nanochat.checkpoint.ModelStage;
import nanochat.explain.Explanation;
import nanochat.explain.Knobs;
import nanochat.explain.Language;
import nanochat.explain.Messages;
import nanochat.explain.Subject;
import nanochat.explain.Subjects;
import nanochat.explain.Topic;
import nanochat.explain.Topics;
import nanochat.io.AtomicFile;
import nanochat.io.BadInputException;
import nanochat.io.BaseDirectory;
import nanochat.io.Json;
import nanochat.io.Terminal;
import nanochat.page.HtmlPage;
import nanochat.page.TerminalPage;
import nanochat.serve.PageServer;
import nanochat.serve.ServerOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `nanochat explain`.
@Command(name = "explain", description = "See what happens inside, on your own text and model. Without a topic: which there are.")
public final class ExplainCommand implements Runnable {
    private static final String TEXT = "text";

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Parameters(arity = "0..1", paramLabel = "TOPIC", description = "What to explain.")
    private Optional<String> topic = Optional.empty();

    @Option(names = "--text", paramLabel = "TEXT", description = "The text that it is shown on.")
    private Optional<String> text = Optional.empty();

    @Option(names = "--data", paramLabel = "FILE", description = "A text file of your own that it is shown on.")
    private Optional<Path> data = Optional.empty();

    @Option(names = "--set", paramLabel = "NAME=VALUE", description = "Change what else the topic lets you change.")
    private Map<String, String> set = new LinkedHashMap<>();

    @Option(names = "--lang", paramLabel = "LANGUAGE", description = "Language of the explanation: ${COMPLETION-CANDIDATES}; by default that of the system.")
    private Optional<Language> language = Optional.empty();

    @Option(names = "--source", paramLabel = "STAGE", description = "Stage of the model: ${COMPLETION-CANDIDATES}; by default base, which continues text.")
    private Optional<ModelStage> source = Optional.empty();

    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private ThreadsOption threads = new ThreadsOption();

    @Option(names = "--html", paramLabel = "FILE", description = "Write a page to this file, for instance to teach with, instead of text to the terminal.")
    private Optional<Path> html = Optional.empty();

    @Option(names = "--web", description = "Show all topics in a browser, where you change what they are shown on and see the numbers move. Ctrl-C stops.")
    private boolean web;

    @Option(names = "--port", defaultValue = "8002", paramLabel = "N", description = "Port of --web; 0: any free one.")
    private int port;

    @Option(names = "--json", description = "Print the figures and what was checked as one JSON object on the last line.")
    private boolean json;

    /// The last line of `--json`.
    private record Result(String topic, String language, double seconds, Map<String, Double> figures, List<Explanation.Claim> claims) {}

    @Override
    public void run() {
        Language chosen = language.orElseGet(Language::ofSystem);
        PrintWriter out = spec.commandLine().getOut();
        if (web) {
            show(out);
            return;
        }
        if (topic.isEmpty()) {
            for (Topic each : Topics.all()) {
                out.printf("%-12s %s%n", each.name(), Messages.of(each.name(), chosen).text("question"));
            }
            out.flush();
            return;
        }
        explain(Topics.named(topic.get()), chosen, out);
    }

    private void show(PrintWriter out) {
        if (html.isPresent() || json) {
            throw new BadInputException("--web shows pages itself: leave out --html and --json, or --web");
        }
        String query = topic.map(Topics::named).map(asked -> query(asked, new Knobs(asked, knobs()))).orElse("");
        if (topic.isEmpty() && !knobs().isEmpty()) {
            throw new BadInputException("Which topic is --text or --set for? Name one:  ./nanochat explain loss --web");
        }
        PrintWriter err = spec.commandLine().getErr();
        try (EndSignal end = new EndSignal();
                PageServer server = PageServer.ofExplanations(subjects(), ServerOptions.atPort(port), failure -> failure.printStackTrace(
                        err))) {
            out.println("Explanations are at " + server.address() + query + " . Ctrl-C stops.");
            out.flush();
            end.await();
        }
    }

    /// The part of an address that leads to a topic, with what was chosen.
    private String query(Topic asked, Knobs checked) {
        StringBuilder query = new StringBuilder("?topic=" + asked.name());
        for (String name : knobs().keySet()) {
            query.append('&').append(name).append('=').append(URLEncoder.encode(checked.text(name), StandardCharsets.UTF_8).replace("+",
                    "%20"));
        }
        return query.toString();
    }

    private void explain(Topic asked, Language chosen, PrintWriter out) {
        long began = System.nanoTime();
        Knobs knobs = new Knobs(asked, knobs());
        Messages messages = Messages.of(asked.name(), chosen);
        try (Subject subject = subjects().open()) {
            Explanation explanation = new Explanation(messages, subject.name(messages));
            asked.explain(subject, knobs, explanation);
            if (html.isPresent()) {
                AtomicFile.writeString(html.get(), HtmlPage.of(explanation.document()));
                out.println(html.get());
            } else {
                out.print(new TerminalPage(Terminal.hasColours()).of(explanation.document()));
            }
            if (json) {
                out.println(Json.line(new Result(asked.name(), chosen.tag(), (System.nanoTime() - began) * 1e-9, explanation.figures(),
                        explanation.claims())));
            }
            out.flush();
        }
    }

    private Map<String, String> knobs() {
        Map<String, String> knobs = new LinkedHashMap<>(set);
        text.ifPresent(value -> knobs.put(TEXT, value));
        return knobs;
    }

    /// The model that is meant; where there is none at all and none was asked for, one that is made on the spot.
    private Subjects subjects() {
        List<String> documents = data.map(ExplainCommand::documents).orElse(List.of());
        boolean none = source.isEmpty() && !model.isAsked()
                && CheckpointDirectory.all(ModelStage.BASE.models(BaseDirectory.fromEnvironment())).isEmpty();
        return none
                ? Subjects.tiny(documents, threads.count())
                : Subjects.of(model.of(source.orElse(ModelStage.BASE)), documents, threads.count());
    }

    /// Parts of a text file with an empty line between them.
    private static List<String> documents(Path file) {
        try {
            List<String> documents = new ArrayList<>();
            for (String part : Files.readString(file, StandardCharsets.UTF_8).split("\\R\\s*\\R", -1)) {
                if (!part.isBlank()) {
                    documents.add(part.strip());
                }
            }
            if (documents.isEmpty()) {
                throw new BadInputException("There is no text in " + file);
            }
            return documents;
        } catch (NoSuchFileException e) {
            throw new BadInputException("There is no file " + file, e);
        } catch (IOException e) {
            throw new BadInputException("Cannot read " + file + " as UTF-8 text: " + e.getMessage(), e);
        }
    }
}
