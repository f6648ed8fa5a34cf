package nanochat.serve;

import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import nanochat.explain.Knob;
import nanochat.explain.Lab;
import nanochat.explain.Lab.Status;
import nanochat.explain.Language;
import nanochat.explain.Messages;
import nanochat.explain.Topic;
import nanochat.explain.Topics;
import nanochat.page.JsonPage;
import tools.jackson.databind.JsonNode;

/// What the page of explanations asks for: which topics there are and what can be changed in them, and the answer to one of them, as events while it
/// is made. Whoever hangs up is not worked for any more.
final class ExplainEndpoints {
    private static final int MOST_BODY_BYTES = 64 << 10;
    private static final int LONGEST_READER = 64;
    private static final int MOST_VALUES = 32;
    private static final long COME_BACK_SECONDS = 3;
    /// How long a listener hears nothing: the second sign of life after it has left tells that it has.
    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(1);

    private final Lab lab;
    private final RequestBodies bodies = new RequestBodies(MOST_BODY_BYTES);

    private record TopicJson(String name, String title, String question, List<KnobJson> knobs) {}

    /// @param kind `text`, `whole` or `choice`
    /// @param least of a whole number
    /// @param most of a whole number, or characters of a text
    /// @param choices empty but for a choice
    /// @param names what the choices are called in the language
    private record KnobJson(String name, String label, String kind, String value, int least, int most, List<String> choices,
            List<String> names) {}

    private record TopicsJson(String subject, List<TopicJson> topics) {}

    /// @param state `waiting`, `working`, `answered`, `refused`, `too_slow`, `failed` or `dropped`
    /// @param before questions that are answered first
    /// @param text the section that is being written, or why it is refused
    private record Event(String state, int before, String text, Optional<JsonNode> document) {
        Event(String state, int before, String text) {
            this(state, before, text, Optional.empty());
        }
    }

    private record Asked(String reader, Topic topic, Language language, Map<String, String> values) {}

    ExplainEndpoints(Lab lab) {
        this.lab = lab;
    }

    void addTo(JavalinConfig config) {
        config.routes.get("/explain/topics", context -> HttpFront.answer(context, topics(language(Optional.ofNullable(
                context.queryParam("lang"))))));
        config.routes.post("/explain/answer", this::answer);
    }

    private static Language language(Optional<String> name) {
        return switch (name.orElse("")) {
            case "en" -> Language.EN;
            case "zh" -> Language.ZH;
            default -> throw ApiException.invalid("lang", "'lang' must be 'en' or 'zh'.");
        };
    }

    private TopicsJson topics(Language language) {
        return new TopicsJson(lab.subject(Messages.of(Topics.all().getFirst().name(), language)), Topics.all().stream().map(topic -> {
            Messages messages = Messages.of(topic.name(), language);
            return new TopicJson(topic.name(), messages.text("title"), messages.text("question"),
                    lab.knobs(topic).stream().map(knob -> knob(knob, messages)).toList());
        }).toList());
    }

    private static KnobJson knob(Knob knob, Messages messages) {
        String label = messages.text("knob." + knob.name());
        return switch (knob) {
            case Knob.Text text -> new KnobJson(text.name(), label, "text", text.value(), 1, text.most(), List.of(), List.of());
            case Knob.Whole whole -> new KnobJson(whole.name(), label, "whole", whole.value(), whole.least(), whole.most(), List.of(),
                    List.of());
            case Knob.Choice choice -> new KnobJson(choice.name(), label, "choice", choice.value(), 0, 0, choice.choices(),
                    choice.choices().stream().map(each -> messages.choice(choice.name(), each)).toList());
        };
    }

    private void answer(Context context) throws IOException, InterruptedException {
        Asked asked = bodies.read(context.req().getInputStream(), context.req().getContentLengthLong(), body -> asked(Fields.parse(body)));
        Lab.Question question = lab.ask(asked.reader, asked.topic, asked.language, asked.values)
                .orElseThrow(() -> ApiException.busy(COME_BACK_SECONDS));
        try {
            EventStream out = new EventStream(context.res());
            Status status = question.status();
            out.send(event(status));
            while (!status.isLast()) {
                Optional<Status> next = question.await(status, SIGN_OF_LIFE);
                if (next.isPresent()) {
                    status = next.get();
                    out.send(event(status));
                } else {
                    out.comment();
                }
            }
        } finally {
            question.leave();
        }
    }

    private static Asked asked(Fields request) {
        String reader = request.string("reader").filter(name -> !name.isEmpty() && name.length() <= LONGEST_READER)
                .orElseThrow(() -> request.wrong("reader", "a string of 1 to " + LONGEST_READER + " characters"));
        String topic = request.string("topic").orElseThrow(() -> request.wrong("topic", "the name of a topic"));
        Map<String, String> values = new LinkedHashMap<>();
        request.value("values").ifPresent(chosen -> {
            if (!chosen.isObject() || chosen.size() > MOST_VALUES) {
                throw request.wrong("values", "an object of at most " + MOST_VALUES + " strings");
            }
            for (Map.Entry<String, JsonNode> value : chosen.properties()) {
                if (!value.getValue().isString()) {
                    throw request.wrong("values", "an object of strings");
                }
                values.put(value.getKey(), value.getValue().asString());
            }
        });
        return new Asked(reader, Topics.named(topic), language(request.string("lang")), values);
    }

    private static Event event(Status status) {
        return switch (status) {
            case Status.Waiting waiting -> new Event("waiting", waiting.before(), "");
            case Status.Working working -> new Event("working", 0, working.section());
            case Status.Answered answered -> new Event("answered", 0, "", Optional.of(JsonPage.of(answered.document())));
            case Status.Refused refused -> new Event("refused", 0, refused.reason());
            case Status.TooSlow slow -> new Event("too_slow", 0, String.format(Locale.ROOT, "%d", slow.longest().toSeconds()));
            case Status.Failed _ -> new Event("failed", 0, "");
            case Status.Dropped _ -> new Event("dropped", 0, "");
        };
    }
}
