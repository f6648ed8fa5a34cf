package nanochat.data.corpus;

import java.util.ArrayList;
import java.util.List;

/// Cards drawn without repetition; when all are drawn, the deck is shuffled anew.
final class Deck<T> {
    private final Draw draw;
    private final List<T> cards;
    private int left;

    Deck(Draw draw, List<T> cards) {
        this.draw = draw;
        this.cards = new ArrayList<>(cards);
        this.left = cards.size();
    }

    T next() {
        if (left == 0) {
            left = cards.size();
        }
        int index = draw.random().nextInt(left--);
        T card = cards.get(index);
        cards.set(index, cards.get(left));
        cards.set(left, card);
        return card;
    }
}
