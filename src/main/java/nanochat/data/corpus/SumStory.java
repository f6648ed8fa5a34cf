package nanochat.data.corpus;

import java.util.List;

/// A sum told as a little story.
///
/// @param people two of them, for `{name}` and `{name2}`
/// @param things two kinds, in the plural, for `{things}` and `{things2}`
record SumStory(Sum sum, List<String> people, List<String> things) {
    /// Draws who and what it is about.
    static SumStory of(Sum sum, Draw draw, List<String> people, List<String> things) {
        return new SumStory(sum, two(draw, people), two(draw, things));
    }

    private static List<String> two(Draw draw, List<String> choices) {
        Deck<String> deck = new Deck<>(draw, choices);
        return List.of(deck.next(), deck.next());
    }

    static Template.Slot<SumStory> slot(String name) {
        return switch (name) {
            case "name" -> (story, out) -> out.append(story.people.getFirst());
            case "name2" -> (story, out) -> out.append(story.people.getLast());
            case "things" -> (story, out) -> out.append(story.things.getFirst());
            case "things2" -> (story, out) -> out.append(story.things.getLast());
            default -> {
                Template.Slot<Sum> slot = Sum.slot(name);
                yield (story, out) -> slot.append(story.sum, out);
            }
        };
    }
}
