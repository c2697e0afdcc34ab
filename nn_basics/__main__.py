"""Trains the example of the front page in the terminal: one neuron learns to tell pictures
of cats from others. It takes a few seconds, and neither reads nor writes a file."""
import argparse
from contextlib import closing

from .data import accuracy, flatten, load_dataset, standardize
from .logistic_regression import model
from .progress import ProgressBar


def main():
    "Trains, and prints how many pictures the neuron gets right."
    argparse.ArgumentParser("python -m nn_basics", description=__doc__).parse_args()
    train_x, train_y, test_x, test_y, classes = load_dataset()
    X_train, X_test = standardize(flatten(train_x)), standardize(flatten(test_x))
    print(f"One neuron learns from {train_y.size} pictures to tell cats from other things.")
    with closing(ProgressBar()) as bar:
        trained = model(X_train, train_y, X_test, test_y, num_iterations=2000,
                        learning_rate=0.005, progress=bar)
    print("train:", accuracy(trained["Y_prediction_train"], train_y))
    print("test: ", accuracy(trained["Y_prediction_test"], test_y))
    print('Read on: help("nn_basics") in Python tells what is where; the notebooks in nbs/\n'
          "and the pages made of them derive it, nbs/01_logistic_regression.ipynb first.")


if __name__ == "__main__":
    main()
