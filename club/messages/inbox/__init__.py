"""What the club told somebody, where they read it themselves: copies of mails, and messages that were never mails."""
