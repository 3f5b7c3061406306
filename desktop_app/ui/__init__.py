"""The window."""

from desktop_app.qt_faults import keep_true_alive

keep_true_alive()
