package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;
import nanochat.conversation.Message.Assistant;

/// Talk without a right answer: greetings, who the assistant is, and what it does not know.
final class TalkExchanges {
    /// Names that nobody bears, for questions whose honest answer is that one does not know.
    private record Invented(String country, String person) {
        private static final List<String> STARTS = List.of("Zan", "Bor", "Kel", "Mor", "Vel", "Tar", "Quo", "Lim", "Dro", "Fen", "Gal",
                "Hus", "Jor", "Nim",
                "Pel", "Ril", "Sov", "Wex", "Yor", "Ost");
        private static final List<String> MIDDLES = List.of("do", "ba", "le", "mi", "ra", "to", "vi", "ga", "nu", "se");
        private static final List<String> COUNTRY_ENDS = List.of("ria", "nia", "land", "stan", "via", "lia");
        private static final List<String> PERSON_ENDS = List.of("rick", "vitch", "son", "dale", "mund", "bert");

        /// Nine in ten names are for training, the others for validation.
        static Invented draw(Draw draw) {
            return new Invented(name(draw, COUNTRY_ENDS), draw.of(FIRST_NAMES) + " " + name(draw, PERSON_ENDS));
        }

        private static String name(Draw draw, List<String> ends) {
            while (true) {
                String name = draw.of(STARTS) + draw.of(MIDDLES) + draw.of(ends);
                if (draw.allows(name.hashCode())) {
                    return name;
                }
            }
        }

        private static Template.Slot<Invented> slot(String name) {
            return switch (name) {
                case "country" -> (invented, out) -> out.append(invented.country);
                case "person" -> (invented, out) -> out.append(invented.person);
                default -> throw new IllegalArgumentException("only countries and people are invented, not " + name);
            };
        }
    }

    private static final List<String> FIRST_NAMES = List.of("Anna", "Boris", "Carla", "Dennis", "Elsa", "Fred", "Greta", "Hugo", "Ines",
            "Karl", "Lena", "Marco");

    private final List<Dialog<Invented>> openings;
    private final List<Dialog<Invented>> closings;
    private final List<Dialog<Invented>> smallTalk;
    private final List<Dialog<Invented>> identity;
    private final List<Dialog<Invented>> unknown;

    TalkExchanges(Sections sections) {
        openings = dialogs(sections, "opening ");
        closings = dialogs(sections, "closing ");
        smallTalk = dialogs(sections, "small talk ");
        identity = dialogs(sections, "identity ");
        unknown = dialogs(sections, "unknown ");
    }

    private static List<Dialog<Invented>> dialogs(Sections sections, String prefix) {
        List<Dialog<Invented>> dialogs = new ArrayList<>();
        for (String name : sections.names()) {
            if (name.startsWith(prefix)) {
                dialogs.add(new Dialog<>(sections, name, Invented::slot));
            }
        }
        return dialogs;
    }

    /// What a conversation may begin with.
    Exchange opening(Draw draw) {
        return exchange(Exchange.Kind.SMALL_TALK, draw, openings);
    }

    /// What it may end with.
    Exchange closing(Draw draw) {
        return exchange(Exchange.Kind.SMALL_TALK, draw, closings);
    }

    Exchange smallTalk(Draw draw) {
        return exchange(Exchange.Kind.SMALL_TALK, draw, smallTalk);
    }

    Exchange identity(Draw draw) {
        return exchange(Exchange.Kind.IDENTITY, draw, identity);
    }

    Exchange unknown(Draw draw) {
        return exchange(Exchange.Kind.UNKNOWN, draw, unknown);
    }

    private static Exchange exchange(Exchange.Kind kind, Draw draw, List<Dialog<Invented>> dialogs) {
        Dialog<Invented> dialog = draw.of(dialogs);
        Invented invented = Invented.draw(draw);
        return new Exchange(kind, dialog.question(draw, invented), new Assistant(dialog.reply(draw, invented)),
                new Answer.OneOf(dialog.replies(invented)));
    }
}
