package nanochat.explain;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import nanochat.io.BadInputException;

/// What a reader chose for a topic; what was not chosen is as the topic has it.
public final class Knobs {
    private final Map<String, String> values = new LinkedHashMap<>();

    /// @throws BadInputException when a knob is none of the topic's, or a value none of the knob's
    public Knobs(Topic topic, Map<String, String> chosen) {
        topic.knobs().forEach(knob -> values.put(knob.name(), knob.value()));
        for (String name : chosen.keySet()) {
            if (!values.containsKey(name)) {
                throw new BadInputException("'" + topic.name() + "' has nothing called '" + name + "' that can be changed; it has "
                        + (values.isEmpty() ? "nothing" : String.join(", ", values.keySet())));
            }
        }
        List<Knob> knobs = topic.knobs();
        knobs.stream().filter(knob -> chosen.containsKey(knob.name()))
                .forEach(knob -> values.put(knob.name(), knob.checked(chosen.getOrDefault(knob.name(), ""))));
    }

    public String text(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("no knob " + name);
        }
        return value;
    }

    public int whole(String name) {
        return Integer.parseInt(text(name));
    }

    /// By name, in the topic's order.
    public Map<String, String> values() {
        return Map.copyOf(values);
    }
}
