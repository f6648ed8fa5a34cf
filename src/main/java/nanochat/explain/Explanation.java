package nanochat.explain;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import nanochat.page.Block;
import nanochat.page.Document;
import nanochat.page.Document.Figure;
import nanochat.page.Document.Section;

/// A topic's answer while it is written. Every method that takes a key takes its words from the topic's [Messages].
public final class Explanation {
    private final Messages messages;
    private final String subject;
    private final Consumer<String> progress;
    private final List<Figure> shown = new ArrayList<>();
    private final Map<String, Double> figures = new LinkedHashMap<>();
    private final List<Claim> claims = new ArrayList<>();
    private final List<Section> sections = new ArrayList<>();
    private String lead = "";
    private String heading = "";
    private List<Block> blocks = new ArrayList<>();

    /// A statement that the page makes, and whether it turned out to hold.
    public record Claim(String name, boolean ok) {}

    /// @param subject what it is shown on, in words
    public Explanation(Messages messages, String subject) {
        this(messages, subject, _ -> {});
    }

    /// @param progress told the heading of the section that is being written, whenever something is written; by throwing it ends the work
    public Explanation(Messages messages, String subject, Consumer<String> progress) {
        this.messages = messages;
        this.subject = subject;
        this.progress = progress;
    }

    /// The words of a key, for labels inside of blocks.
    public String words(String key, Object... values) {
        return messages.text(key, values);
    }

    public Language language() {
        return messages.language();
    }

    /// What it is about, in two or three sentences: the key `lead`.
    public void lead(Object... values) {
        lead = words("lead", values);
    }

    /// Begins a section: its heading is at the key.
    public void section(String key, Object... values) {
        endSection();
        heading = words(key, values);
        progress.accept(heading);
    }

    /// A paragraph.
    public void say(String key, Object... values) {
        show(new Block.Paragraph(words(key, values)));
    }

    public void show(Block block) {
        progress.accept(heading);
        blocks.add(block);
    }

    /// To be called now and then in long work: it ends here where nobody waits for it any more.
    public void goOn() {
        progress.accept(heading);
    }

    /// A statement that was just checked; its words are at `claim.NAME`.
    ///
    /// @return whether it holds
    public boolean claim(String name, boolean holds, Object... values) {
        claims.add(new Claim(name, holds));
        show(new Block.Check(words("claim." + name, values), holds));
        return holds;
    }

    /// One of the few numbers at the top; its label is at `figure.NAME`.
    ///
    /// @param text the number as one reads it
    public void figure(String name, double value, String text) {
        figures.put(name, value);
        shown.add(new Figure(text, words("figure." + name)));
    }

    /// A number for programs alone.
    public void number(String name, double value) {
        figures.put(name, value);
    }

    /// Ends with what the topic's words mean (those at the key `terms`), what the reader can try, at the key `try`, and with the methods where it happens.
    public void end(List<String> commands, SourcePlace... places) {
        section("terms.title");
        show(new Block.Facts(words("terms.facts"), Stream.of(words("terms").split(" ", -1)).map(term -> new Block.Fact(words("term."
                + term),
                words("term." + term + ".means"))).toList()));
        section("try.title");
        say("try");
        show(new Block.Commands(commands));
        section("source.title");
        say("source");
        for (SourcePlace place : places) {
            show(new Block.Excerpt(place.toString(), place.code()));
        }
        endSection();
    }

    private void endSection() {
        if (!heading.isEmpty()) {
            sections.add(new Section(heading, blocks));
        }
        blocks = new ArrayList<>();
        heading = "";
    }

    public Document document() {
        return new Document(words("kind"), messages.language().tag(), words("title"), lead, shown, sections, words("foot", subject));
    }

    public Map<String, Double> figures() {
        return Map.copyOf(figures);
    }

    public List<Claim> claims() {
        return List.copyOf(claims);
    }
}
