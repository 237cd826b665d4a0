"""Using many photographs of one person: choosing those that suit each pose."""
