package nanochat.tensor.cpu;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import nanochat.io.BadInputException;

/// Which matrix products a backend gets: those asked for, else oneDNN's, else, said once, those of the Vector API.
final class ProductsChoice {
    static final String PROPERTY = "nanochat.products";

    private final Products.Factory oneDnn;
    private final Consumer<String> messages;
    private final AtomicBoolean said = new AtomicBoolean();

    /// @param oneDnn makes oneDNN's products, or throws an [OneDnn.NativeException]
    /// @param messages is told, in one line, when they do not load
    ProductsChoice(Products.Factory oneDnn, Consumer<String> messages) {
        this.oneDnn = oneDnn;
        this.messages = messages;
    }

    /// @param wanted the value of [#PROPERTY]
    /// @throws BadInputException if it names nothing, or oneDNN and that does not load
    Products create(Optional<String> wanted, Scratch[] scratch) {
        return switch (wanted.orElse("")) {
            case "vector" -> new VectorProducts(scratch);
            case "onednn" -> demanded(scratch);
            case "" -> best(scratch);
            default -> throw new BadInputException(PROPERTY + " is " + wanted.orElse("") + "; it must be vector or onednn");
        };
    }

    private Products demanded(Scratch[] scratch) {
        try {
            return oneDnn.create(scratch);
        } catch (OneDnn.NativeException e) {
            throw new BadInputException(PROPERTY + " is onednn, but " + e.getMessage() + "; leave it out, or set it to vector", e);
        }
    }

    private Products best(Scratch[] scratch) {
        try {
            return oneDnn.create(scratch);
        } catch (OneDnn.NativeException e) {
            if (said.compareAndSet(false, true)) {
                messages.accept(e.getMessage() + "; matrix products run in the Vector API instead, several times slower.");
            }
            return new VectorProducts(scratch);
        }
    }
}
